import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { ReadMarks } from './read-marks.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const channels = [idOf(0x100), idOf(0x101)] as const;
const [channelId] = channels;

type Sent = { channelId: string; number: number };

function setUp() {
  const sent: Sent[] = [];
  const waiting: { resolve: (nothing: null) => void; reject: (error: Error) => void }[] = [];
  const onTrouble = vi.fn();
  const marks = new ReadMarks({
    send: (channelId, number) => {
      sent.push({ channelId, number });
      return new Promise<null>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    onTrouble,
    random: () => 1,
  });
  const answer = async (code: ErrorCode | null = null, retryAfterMs?: number) => {
    const request = waiting.shift();
    if (code === null) request?.resolve(null);
    else request?.reject(new ParleyError(code, code, { retryAfterMs }));
    await settle();
  };
  const numbers = () => sent.map(({ number }) => number);
  return { marks, sent, numbers, waiting, answer, onTrouble };
}

function online() {
  const all = setUp();
  all.marks.setOnline(true);
  return all;
}

type Step =
  | { kind: 'mark'; channel: number; number: number }
  | { kind: 'answer'; code: ErrorCode | null }
  | { kind: 'wait'; ms: number }
  | { kind: 'online' }
  | { kind: 'offline' };

const kind = <K extends Step['kind']>(...names: K[]) => fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: kind('mark'), channel: fc.nat(1), number: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    kind: kind('answer'),
    code: fc.constantFrom<(ErrorCode | null)[]>(null, null, 'unavailable', 'rate_limited'),
  }),
  fc.record({ kind: kind('wait'), ms: fc.constantFrom(100, 250, 40_000) }),
  fc.record({ kind: kind('online', 'online', 'offline') }),
);

describe('read marks', () => {
  it('bring the highest of each channel to the server, whatever the network does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { marks, sent, waiting, answer } = setUp();
        const highest = new Map<string, number>();
        const goOffline = async () => {
          marks.setOnline(false);
          while (waiting.length > 0) await answer('unavailable');
        };
        for (const next of steps) {
          if (next.kind === 'online') marks.setOnline(true);
          if (next.kind === 'offline') await goOffline();
          if (next.kind === 'answer') await answer(next.code);
          if (next.kind === 'wait') await settle(next.ms);
          if (next.kind !== 'mark') continue;
          const channelId = channels[next.channel] ?? channels[0];
          // The client marks only what is further than it knows.
          if (next.number <= (highest.get(channelId) ?? 0)) continue;
          highest.set(channelId, next.number);
          marks.mark(channelId, next.number);
        }
        marks.setOnline(true);
        for (let round = 0; round < 5; round += 1) {
          await settle(60_000);
          while (waiting.length > 0) await answer();
        }
        for (const channelId of channels) {
          const numbers = sent.filter((each) => each.channelId === channelId);
          const told = numbers.map(({ number }) => number);
          expect(told).toEqual([...told].sort((a, b) => a - b));
          expect(told.at(-1)).toBe(highest.get(channelId));
          expect(marks.pending(channelId)).toBe(0);
        }
        marks.stop();
      }),
      { numRuns: 300 },
    );
  });

  it('are told in a moment, once, at the highest', async () => {
    const { marks, sent, answer } = online();
    for (const number of [3, 7, 5]) marks.mark(channelId, number);
    marks.mark(channels[1], 2);
    await settle(249);
    expect(sent).toEqual([]);
    expect(marks.pending(channelId)).toBe(7);
    await settle(1);
    expect(sent).toEqual([
      { channelId, number: 7 },
      { channelId: channels[1], number: 2 },
    ]);
    await answer();
    expect(marks.pending(channelId)).toBe(0);
    await settle(60_000);
    expect(sent.length).toBe(2);
  });

  it('never go back while they are on their way, and are told again when they have risen', async () => {
    const { marks, numbers, answer } = online();
    marks.mark(channelId, 5);
    await settle(250);
    marks.mark(channelId, 3);
    expect(marks.pending(channelId)).toBe(5);
    marks.mark(channelId, 8);
    await settle(60_000);
    expect(numbers()).toEqual([5]);
    await answer();
    await settle(250);
    expect(numbers()).toEqual([5, 8]);
  });

  it('wait for the connection, and longer after each failure, as long as the server asks', async () => {
    const { marks, numbers, answer } = setUp();
    marks.mark(channelId, 5);
    await settle(60_000);
    expect(numbers()).toEqual([]);
    marks.setOnline(true);
    await settle(250);
    for (const waitMs of [2_500, 3_000, 4_000]) {
      const before = numbers().length;
      await answer('rate_limited', 2_000);
      await settle(waitMs - 1);
      expect(numbers().length).toBe(before);
      await settle(1);
      expect(numbers().length).toBe(before + 1);
    }
    await answer();
    expect(marks.pending(channelId)).toBe(0);
  });

  it('are given up when the server will not have them, which is told', async () => {
    const { marks, numbers, answer, onTrouble } = online();
    marks.mark(channelId, 5);
    await settle(250);
    await answer('not_found');
    await settle(60_000);
    expect(numbers()).toEqual([5]);
    expect(marks.pending(channelId)).toBe(0);
    expect(onTrouble).toHaveBeenCalledTimes(1);
  });

  it.each(['before they are told', 'while they are told', 'after a failure'])(
    'are not told again once the person wants it unread: %s',
    async (moment) => {
      const { marks, numbers, answer } = online();
      marks.mark(channelId, 5);
      if (moment !== 'before they are told') await settle(250);
      if (moment === 'after a failure') await answer('unavailable');
      const before = numbers().length;
      marks.forget(channelId);
      if (moment === 'while they are told') await answer('unavailable');
      await settle(60_000);
      expect(numbers().length).toBe(before);
      expect(marks.pending(channelId)).toBe(0);
    },
  );

  it('that were taken are not told once more after a change of the connection', async () => {
    const { marks, numbers, answer } = online();
    marks.mark(channelId, 5);
    await settle(250);
    marks.setOnline(false);
    marks.setOnline(true);
    await answer();
    // Wanted unread since: a mark from before would make it read again.
    marks.forget(channelId);
    await settle(60_000);
    expect(numbers()).toEqual([5]);
  });

  it('are settled once the server has them', async () => {
    const { marks, answer } = online();
    expect(marks.isEmpty).toBe(true);
    marks.mark(channelId, 3);
    await settle(250);
    expect(marks.isEmpty).toBe(false);
    await answer();
    expect(marks.isEmpty).toBe(true);
  });

  it('end with the client', async () => {
    const { marks, numbers } = online();
    marks.mark(channelId, 5);
    marks.stop();
    await settle(60_000);
    expect(numbers()).toEqual([]);
  });
});
