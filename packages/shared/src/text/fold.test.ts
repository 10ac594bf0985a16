import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fold, foldWithOrigins } from './fold.ts';

it.each([
  ['Zoë', 'zoe'],
  ['ÅNGSTRÖM', 'angstrom'],
  ['Straße', 'strasse'],
  ['Łódź', 'lodz'],
  ['İstanbul ısı', 'istanbul isi'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['Ёлка', 'елка'],
  ['ＡＢＣ　１２３', 'abc 123'],
  ['مُحَمَّد', 'محمد'],
  ['مـــرحبا أحمد', 'مرحبا احمد'],
  ['שָׁלוֹם', 'שלום'],
  ['a \n\t b', 'a b'],
  ['co\u00ADoperate', 'cooperate'],
])('%s is folded to %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

it('keeps the marks that make another word', () => {
  expect(fold('が')).not.toBe(fold('か'));
  expect(fold('कि')).not.toBe(fold('क'));
  expect(fold('กิน')).not.toBe(fold('กน'));
});

it('folds alike whether or not it says where things came from, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const { folded, origins } = foldWithOrigins(text);
      expect(folded).toBe(fold(text));
      expect(origins).toHaveLength(folded.length + 1);
      expect(origins).toEqual(origins.toSorted((a, b) => a - b));
      expect(origins.at(-1)).toBe(text.length);
    }),
    { numRuns: 2_000 },
  );
});
