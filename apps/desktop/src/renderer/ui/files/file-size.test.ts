import { expect, it } from 'vitest';
import { fileSize } from './file-size.ts';

it('names a size in the unit that a person would', () => {
  const sizes: [bytes: number, said: string][] = [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1 kB'],
    [1_449, '1.4 kB'],
    [999_949, '999.9 kB'],
    // What would be read as a thousand of a unit is one of the next.
    [999_960, '1 MB'],
    [104_857_600, '104.9 MB'],
    [2_500_000_000, '2.5 GB'],
    [7_000_000_000_000, '7 TB'],
    [Number.MAX_SAFE_INTEGER, '9,007.2 TB'],
  ];
  for (const [bytes, said] of sizes) expect(fileSize(bytes, 'en-GB'), said).toBe(said);
});

it('writes numbers as people do where they are', () => {
  expect(fileSize(1_500, 'en-DE')).toBe('1,5 kB');
});
