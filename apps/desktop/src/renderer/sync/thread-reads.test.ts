import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { anEvent, idOf } from '../../../../../packages/shared/test/entities.ts';
import { ThreadReads } from './thread-reads.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const [rootId, other] = [idOf(7), idOf(8)];

function setUp() {
  const send = vi.fn((_rootId: string, _number: number) => Promise.resolve());
  const reads = new ThreadReads({ send, onTrouble: vi.fn(), random: () => 1 });
  reads.setOnline(true);
  return { reads, send };
}

const settle = () => vi.advanceTimersByTimeAsync(1_000);

it('tells how far a thread was read, once and at the highest', async () => {
  const { reads, send } = setUp();
  for (const number of [1, 3, 2]) reads.mark(rootId, number);
  reads.mark(other, 1);
  expect(reads.isEmpty).toBe(false);
  await settle();
  for (const number of [3, 2]) reads.mark(rootId, number);
  await settle();
  expect(send.mock.calls).toEqual([
    [rootId, 3],
    [other, 1],
  ]);
  expect(reads.isEmpty).toBe(true);
  reads.mark(rootId, 4);
  await settle();
  expect(send).toHaveBeenLastCalledWith(rootId, 4);
});

it('leaves out what was read at another device', async () => {
  const { reads, send } = setUp();
  const thread = { channelId: idOf(100), rootId, readThrough: 5 };
  reads.follow(anEvent('read.updated', { thread }));
  reads.follow(anEvent('read.updated', { thread: { ...thread, readThrough: 2 } }));
  reads.mark(rootId, 5);
  reads.mark(rootId, 6);
  await settle();
  expect(send.mock.calls).toEqual([[rootId, 6]]);
});

it('remembers as many threads as anybody reads in a day, and forgets the one read longest ago', async () => {
  const { reads, send } = setUp();
  const roots = Array.from({ length: 501 }, (_, n) => idOf(1_000 + n));
  for (const each of roots) reads.mark(each, 1);
  await settle();
  send.mockClear();
  for (const each of [roots[500], roots[0]]) if (each !== undefined) reads.mark(each, 1);
  await settle();
  expect(send.mock.calls).toEqual([[roots[0], 1]]);
});
