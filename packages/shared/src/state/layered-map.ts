/** With more changes than this on top, they are laid down into a base of their own. */
const maxChanges = 64;

/**
 * A map that is never changed in place, of which a changed copy is cheap: a base that copies share, and a few
 * changes on top. Changing one of n entries costs n / 64 + 64 steps on average instead of n. New entries come
 * last, as in a Map.
 */
export class LayeredMap<K, V> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>;
  /** An entry without a value is deleted. */
  readonly #changes: ReadonlyMap<K, { value: V } | null>;
  readonly size: number;

  private constructor(
    base: ReadonlyMap<K, V>,
    changes: ReadonlyMap<K, { value: V } | null>,
    size: number,
  ) {
    this.#base = base;
    this.#changes = changes;
    this.size = size;
  }

  /** The map itself where it is layered already; else one on top of it, which must not change any more. */
  static over<K, V>(map: ReadonlyMap<K, V>): LayeredMap<K, V> {
    return isLayered(map) ? map : new LayeredMap<K, V>(map, new Map(), map.size);
  }

  get(key: K): V | undefined {
    const change = this.#changes.get(key);
    return change === undefined ? this.#base.get(key) : change?.value;
  }

  has(key: K): boolean {
    const change = this.#changes.get(key);
    return change === undefined ? this.#base.has(key) : change !== null;
  }

  with(key: K, value: V): LayeredMap<K, V> {
    return this.#changed(key, { value }, this.size + (this.has(key) ? 0 : 1));
  }

  without(key: K): LayeredMap<K, V> {
    return this.has(key) ? this.#changed(key, null, this.size - 1) : this;
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#base) {
      const change = this.#changes.get(key);
      if (change === undefined) yield [key, value];
      else if (change !== null) yield [key, change.value];
    }
    for (const [key, change] of this.#changes) {
      if (change !== null && !this.#base.has(key)) yield [key, change.value];
    }
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  #changed(key: K, change: { value: V } | null, size: number): LayeredMap<K, V> {
    const changes = new Map(this.#changes).set(key, change);
    const next = new LayeredMap(this.#base, changes, size);
    return changes.size <= maxChanges ? next : new LayeredMap<K, V>(new Map(next), new Map(), size);
  }
}

function isLayered<K, V>(map: ReadonlyMap<K, V>): map is LayeredMap<K, V> {
  return map instanceof LayeredMap;
}
