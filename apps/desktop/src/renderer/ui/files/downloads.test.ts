import { beforeEach, expect, it } from 'vitest';
import { Downloads, type DownloadsOptions } from './downloads.svelte.ts';

const report = { id: 'one', name: 'report.pdf', bytes: 1_000 };
const photo = { id: 'two', name: 'photo.jpg', bytes: 0 };

let asked: string[];
let kept: string[];
let failed: string[];
let answers: Map<string, (blob: Blob | Error) => void>;
let watches: Map<string, Parameters<DownloadsOptions['fetch']>[1]>;
let downloads: Downloads;

beforeEach(() => {
  [asked, kept, failed] = [[], [], []];
  answers = new Map();
  watches = new Map();
  downloads = new Downloads({
    fetch: (fileId, watch) => {
      asked.push(fileId);
      watches.set(fileId, watch);
      return new Promise((resolve, reject) => {
        answers.set(fileId, (answer) => {
          if (answer instanceof Blob) resolve(answer);
          else reject(answer);
        });
      });
    },
    keep: (_blob, name) => kept.push(name),
    onFailed: ({ name }) => failed.push(name),
  });
});

it('fetches a file once, however often it is asked for meanwhile', async () => {
  const first = downloads.save(report);
  const second = downloads.save(report);
  expect(downloads.partOf('one')).toBe(0);
  expect(downloads.isIdle).toBe(false);
  answers.get('one')?.(new Blob(['bytes']));
  await Promise.all([first, second]);
  expect(asked).toEqual(['one']);
  expect(kept).toEqual(['report.pdf']);
  expect(downloads.partOf('one')).toBeNull();
  expect(downloads.isIdle).toBe(true);
});

it('goes on with the next where one cannot be had, and lets that one be asked for again', async () => {
  const all = downloads.saveAll([report, photo]);
  answers.get('one')?.(new Error('no network'));
  await expect.poll(() => asked).toEqual(['one', 'two']);
  answers.get('two')?.(new Blob(['bytes']));
  await all;
  expect(failed).toEqual(['report.pdf']);
  expect(kept).toEqual(['photo.jpg']);
  const again = downloads.save(report);
  answers.get('one')?.(new Blob(['bytes']));
  await again;
  expect(kept).toEqual(['photo.jpg', 'report.pdf']);
});

it('says how much is here, by hundredths', () => {
  void downloads.save(report);
  watches.get('one')?.onBytes(456);
  expect(downloads.partOf('one')).toBe(0.45);
  // The server has more than it said.
  watches.get('one')?.onBytes(2_000);
  expect(downloads.partOf('one')).toBe(1);
  expect(downloads.partOf('two')).toBeNull();
});

it('keeps nothing of what is called off, complains of nothing, and lets it be asked for again', async () => {
  const all = downloads.saveAll([report, photo]);
  const first = { watch: watches.get('one'), answer: answers.get('one') };
  downloads.cancel('one');
  expect(first.watch?.signal.aborted).toBe(true);
  expect(downloads.partOf('one')).toBeNull();
  const again = downloads.save(report);
  // What comes of the first after all has no part in the second.
  first.watch?.onBytes(500);
  first.answer?.(new Blob(['bytes']));
  await expect.poll(() => asked).toEqual(['one', 'one', 'two']);
  expect(downloads.partOf('one')).toBe(0);
  expect(kept).toEqual([]);
  downloads.cancel('two');
  answers.get('two')?.(new Error('called off'));
  await all;
  answers.get('one')?.(new Blob(['bytes']));
  await again;
  expect([kept, failed]).toEqual([['report.pdf'], []]);
  expect(downloads.isIdle).toBe(true);
});
