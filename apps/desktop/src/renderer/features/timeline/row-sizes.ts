import type { Row } from './rows.ts';

/** The places left last, of each account; more are let go. */
const kept = 40;

type Known<Sizes> = { firstKey: string | undefined; sizes: Sizes };

/**
 * How tall the rows of a place were when it was left. A list that knows makes only the rows that fit in the window, and
 * need not be corrected once they are there. They are measured all the same: words and window may have changed.
 */
export class RowSizes<Sizes> {
  readonly #known = new WeakMap<object, Map<string, Known<Sizes>>>();

  /** `owner` is whose places these are; with it they are forgotten. */
  remember(owner: object, place: string, rows: readonly Pick<Row, 'key'>[], sizes: Sizes): void {
    const places = this.#known.get(owner) ?? new Map<string, Known<Sizes>>();
    this.#known.set(owner, places);
    places.delete(place);
    places.set(place, { firstKey: rows[0]?.key, sizes });
    for (const oldest of places.keys()) {
      if (places.size <= kept) break;
      places.delete(oldest);
    }
  }

  /** Those of a place that begins with the same row as it did then; sizes are by index. */
  of(owner: object, place: string, rows: readonly Pick<Row, 'key'>[]): Sizes | undefined {
    const known = this.#known.get(owner)?.get(place);
    return known?.firstKey === rows[0]?.key ? known?.sizes : undefined;
  }
}
