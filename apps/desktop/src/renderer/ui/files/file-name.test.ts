import { expect, it } from 'vitest';
import { shownName, splitName } from './file-name.ts';

it('keeps the end of a name in sight, with its ending', () => {
  expect(splitName('Quarterly report of the northern region 2026.pdf')).toEqual({
    head: 'Quarterly report of the northern regio',
    tail: 'n 2026.pdf',
  });
  expect(splitName('a.txt')).toEqual({ head: '', tail: 'a.txt' });
  expect(splitName('archive.tar.gz')).toEqual({ head: 'archi', tail: 've.tar.gz' });
});

it('cuts no letter apart that the eye sees as one', () => {
  const family = '👩‍👩‍👧‍👦';
  expect(splitName(`${family.repeat(8)}.png`)).toEqual({
    head: family.repeat(2),
    tail: `${family.repeat(6)}.png`,
  });
  expect(splitName('ää'.normalize('NFD').repeat(5)).head).toBe('ää'.normalize('NFD').repeat(2));
});

it('takes a long last part for words, not for an ending', () => {
  expect(splitName('Minutes 3. of the meeting').tail).toBe('eeting');
});

it('shows nothing that turns a name around or hides a part of it', () => {
  expect(shownName('invoice\u202Efdp.exe')).toBe('invoicefdp.exe');
  expect(shownName('a\u0000b\nc\u2028d\u200Be.txt')).toBe('abcde.txt');
  // Words of Persian need what keeps two letters apart.
  expect(shownName('می\u200Cخواهم.pdf')).toBe('می\u200Cخواهم.pdf');
  expect(shownName('العربية.pdf')).toBe('العربية.pdf');
});
