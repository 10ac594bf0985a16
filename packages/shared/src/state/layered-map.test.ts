import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LayeredMap } from './layered-map.ts';

it('holds what a Map holds after the same changes, and leaves every earlier one as it was', () => {
  const change = fc.record({ key: fc.nat(150), value: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), fc.nat(80), (changes, initial) => {
      const plain = new Map(Array.from({ length: initial }, (_, key) => [key, key] as const));
      let layered = LayeredMap.over(new Map(plain));
      const middle = { layered, copy: new Map<number, number>(plain) };
      for (const [step, { key, value }] of changes.entries()) {
        if (value === null) plain.delete(key);
        else plain.set(key, value);
        layered = value === null ? layered.without(key) : layered.with(key, value);
        if (step === 100) Object.assign(middle, { layered, copy: new Map(plain) });
      }
      const sorted = (map: ReadonlyMap<number, number>) => [...map].sort(([a], [b]) => a - b);
      expect(sorted(layered)).toEqual(sorted(plain));
      expect(layered.size).toBe(plain.size);
      expect([...layered.keys()].sort()).toEqual([...plain.keys()].sort());
      expect([...layered.values()].sort()).toEqual([...plain.values()].sort());
      for (const [key, value] of plain) expect(layered.get(key)).toBe(value);
      for (let key = 0; key <= 150; key += 1) expect(layered.has(key)).toBe(plain.has(key));
      expect(sorted(middle.layered)).toEqual(sorted(middle.copy));
    }),
    { numRuns: 60 },
  );
});

it('gives its entries to forEach, with itself', () => {
  const map = LayeredMap.over(new Map([['a', 1]])).with('b', 2);
  const seen: unknown[] = [];
  map.forEach((value, key, whole) => seen.push([key, value, whole === map]));
  expect(seen).toEqual([
    ['a', 1, true],
    ['b', 2, true],
  ]);
});
