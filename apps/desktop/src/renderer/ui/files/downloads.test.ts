import { beforeEach, expect, it } from 'vitest';
import { Downloads } from './downloads.svelte.ts';

const report = { id: 'one', name: 'report.pdf' };
const photo = { id: 'two', name: 'photo.jpg' };

let asked: string[];
let kept: string[];
let failed: string[];
let answers: Map<string, (blob: Blob | Error) => void>;
let downloads: Downloads;

beforeEach(() => {
  [asked, kept, failed] = [[], [], []];
  answers = new Map();
  downloads = new Downloads({
    fetch: (fileId) => {
      asked.push(fileId);
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
  expect(downloads.isUnderWay('one')).toBe(true);
  expect(downloads.isIdle).toBe(false);
  answers.get('one')?.(new Blob(['bytes']));
  await Promise.all([first, second]);
  expect(asked).toEqual(['one']);
  expect(kept).toEqual(['report.pdf']);
  expect(downloads.isUnderWay('one')).toBe(false);
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
