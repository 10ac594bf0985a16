import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pictures } from './pictures.ts';

const settleMs = 60;
const mebibyte = 1024 * 1024;

let asked: string[];
let answer: (fileId: string) => Promise<Blob>;
let given: Set<string>;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  given = new Set();
  answer = () => Promise.resolve(new Blob(['picture']));
  let made = 0;
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => {
    const url = `blob:${(made += 1)}`;
    given.add(url);
    return url;
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => given.delete(url));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const make = () =>
  new Pictures((fileId) => {
    asked.push(fileId);
    return answer(fileId);
  });
const settled = () => vi.advanceTimersByTimeAsync(settleMs);

it('fetches a picture once for all who show it, and has it again when they come back', async () => {
  const pictures = make();
  const one = pictures.hold('a', 'thumbnail');
  const two = pictures.hold('a', 'thumbnail');
  await settled();
  expect(one.picture.url).toBe('blob:1');
  expect(two.picture.url).toBe('blob:1');
  one.release();
  two.release();
  const again = pictures.hold('a', 'thumbnail');
  await settled();
  expect(again.picture.url).toBe('blob:1');
  expect(asked).toEqual(['a']);
});

it('asks for nothing that only flies by', async () => {
  const pictures = make();
  pictures.hold('a', 'thumbnail').release();
  await settled();
  expect(asked).toEqual([]);
});

it('gives pictures back that nobody looks at, the oldest first, and never one that is on screen', async () => {
  answer = () => Promise.resolve(new Blob([new Uint8Array(12 * mebibyte)]));
  const pictures = make();
  const shown = pictures.hold('shown', 'whole');
  const others = ['a', 'b', 'c'].map((fileId) => pictures.hold(fileId, 'whole'));
  await settled();
  expect(given.size).toBe(4);
  const [first, ...rest] = others;
  const firstUrl = first?.picture.url ?? '';
  first?.release();
  for (const other of rest) other.release();
  expect(given.has(firstUrl)).toBe(false);
  expect(given.size).toBe(3);
  expect(given.has(shown.picture.url ?? '')).toBe(true);
  pictures.clear();
  expect(given.size).toBe(0);
});

it('says that a picture could not be had, and asks once more when the person wants it', async () => {
  answer = () => Promise.reject(new Error('no network'));
  const pictures = make();
  const { picture } = pictures.hold('a', 'thumbnail');
  await settled();
  expect(picture.failed).toBe(true);
  answer = () => Promise.resolve(new Blob(['picture']));
  pictures.retry('a', 'thumbnail');
  await settled();
  expect(picture).toMatchObject({ failed: false, url: 'blob:1' });
});

it('keeps nothing that comes after all was given back', async () => {
  let come: (blob: Blob) => void = () => undefined;
  answer = () => new Promise((resolve) => (come = resolve));
  const pictures = make();
  pictures.hold('a', 'thumbnail');
  await settled();
  pictures.clear();
  come(new Blob(['picture']));
  await settled();
  expect(given.size).toBe(0);
});
