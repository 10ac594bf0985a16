import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { ReaderWatch, type Readers } from './reader-watch.ts';
import { Topic, untracked } from './topic.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const [ada, bob, eve] = [idOf(1), idOf(2), idOf(3)];
const channelId = idOf(0x100);
const here = `channel:${channelId}` as const;
const [one, two] = [
  { id: idOf(0xa001), channelId },
  { id: idOf(0xa002), channelId },
];

function setUp(options: { random?: number } = {}) {
  const asked: string[] = [];
  let read: string[] = [];
  let failure: Error | null = null;
  const onTrouble = vi.fn();
  const onChange = vi.fn();
  const topic = new Topic(untracked);
  topic.subscribe(onChange);
  const watch = new ReaderWatch({
    ask: (messageId) => {
      asked.push(messageId);
      const answer: Readers = {
        userIds: read.slice(0, 1),
        total: read.length,
        outOf: 3,
        next: null,
      };
      return failure ? Promise.reject(failure) : Promise.resolve(answer);
    },
    topic,
    random: () => options.random ?? 0,
    onTrouble,
  });
  watch.setOnline(true);
  return {
    watch,
    asked,
    onTrouble,
    onChange,
    reads: (...userIds: string[]) => (read = userIds),
    fails: (error: Error | null) => (failure = error),
  };
}

describe('a watch of who has read a message', () => {
  it('asks nothing of what is only passed by, and nothing when nobody looks any more', async () => {
    const { watch, asked } = setUp();
    await settle(600_000);
    watch.watch(one)();
    await settle(600_000);
    expect(asked).toEqual([]);
    const end = watch.watch(one);
    await settle(500);
    end();
    await settle(600_000);
    watch.follow(here);
    await settle(600_000);
    expect(asked).toEqual([one.id]);
  });

  it('asks every 10 s at most, and the less often the longer nothing changes', async () => {
    const { watch, asked, reads } = setUp();
    watch.watch(one);
    await settle(500);
    expect(watch.of(one.id)).toEqual({ userIds: [], total: 0, outOf: 3, next: null });
    const waits = [10_000, 20_000, 40_000, 80_000, 80_000];
    for (const [turn, wait] of waits.entries()) {
      await settle(wait - 1);
      expect(asked).toHaveLength(1 + turn);
      await settle(1);
      expect(asked).toHaveLength(2 + turn);
    }
    reads(ada);
    await settle(80_000);
    expect(watch.of(one.id)).toMatchObject({ userIds: [ada], total: 1 });
    await settle(10_000);
    expect(asked).toHaveLength(2 + waits.length + 1);
  });

  it('waits up to half as long again, by chance', async () => {
    const { watch, asked } = setUp({ random: 0.98 });
    watch.watch(one);
    await settle(500);
    await settle(14_800);
    expect(asked).toHaveLength(1);
    await settle(200);
    expect(asked).toHaveLength(2);
  });

  it('asks sooner when something happens there, yet not more than every 5 s', async () => {
    const { watch, asked } = setUp();
    watch.watch(one);
    await settle(10_500);
    watch.follow(`channel:${idOf(0x200)}`);
    watch.follow('everyone');
    await settle(5_000);
    expect(asked).toHaveLength(2);
    watch.follow(here);
    await settle(2_000);
    expect(asked).toHaveLength(3);
    for (let n = 0; n < 600; n += 1) {
      watch.follow(here);
      await settle(100);
    }
    // A minute of ten events a second.
    expect(asked.length).toBeLessThanOrEqual(3 + 12);
    expect(asked.length).toBeGreaterThanOrEqual(3 + 11);
  });

  it('rests where all have read, until something happens', async () => {
    const { watch, asked, reads, onChange } = setUp();
    reads(ada, bob, eve);
    watch.watch(one);
    await settle(600_000);
    expect(asked).toHaveLength(1);
    expect(onChange).toHaveBeenCalledTimes(1);
    reads(ada, bob);
    watch.follow(here);
    await settle(2_000);
    expect(watch.of(one.id)?.total).toBe(2);
  });

  it('knows of one message alone: the one that was watched last', async () => {
    const { watch, asked, reads } = setUp();
    reads(ada);
    const end = watch.watch(one);
    await settle(500);
    watch.watch(two);
    end();
    await settle(500);
    expect(asked).toEqual([one.id, two.id]);
    expect(watch.of(one.id)).toBeNull();
    expect(watch.of(two.id)?.total).toBe(1);
  });

  it('does not ask again at once for somebody who looks away and back', async () => {
    const { watch, asked } = setUp();
    for (let n = 0; n < 10; n += 1) {
      const end = watch.watch(one);
      await settle(500);
      end();
    }
    expect(asked).toEqual([one.id]);
    watch.watch(one);
    await settle(500);
    expect(asked).toHaveLength(2);
  });

  it('asks nothing while offline, and soon after', async () => {
    const { watch, asked } = setUp();
    watch.watch(one);
    watch.setOnline(false);
    watch.follow(here);
    await settle(600_000);
    expect(asked).toEqual([]);
    watch.setOnline(true);
    await settle(500);
    expect(asked).toEqual([one.id]);
  });

  it('keeps what it knew over a failure, tells of it, and asks again', async () => {
    const { watch, asked, reads, fails, onTrouble } = setUp();
    reads(ada);
    watch.watch(one);
    await settle(500);
    const error = new Error('no');
    fails(error);
    await settle(10_000);
    expect(watch.of(one.id)?.total).toBe(1);
    expect(onTrouble).toHaveBeenCalledExactlyOnceWith(expect.any(String), error);
    fails(null);
    reads(ada, bob);
    await settle(20_000);
    expect(asked).toHaveLength(3);
    expect(watch.of(one.id)?.total).toBe(2);
  });

  it('asks nothing after its end', async () => {
    const { watch, asked } = setUp();
    watch.watch(one);
    watch.stop();
    await settle(600_000);
    expect(asked).toEqual([]);
  });
});
