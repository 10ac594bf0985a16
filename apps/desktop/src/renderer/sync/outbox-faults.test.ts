import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import {
  channels,
  OutboxWorld,
  type Answer,
  type UploadAnswer,
} from '../../../test/outbox-world.ts';
import { storageTakesMs } from '../../../test/slow-outbox-storage.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const [channelId] = channels;

type Step =
  | { kind: 'write'; channel: number; inThread: boolean }
  | { kind: 'answer'; pick: number; answer: Answer; retryAfterMs: number }
  | { kind: 'goOffline' | 'crash'; done: boolean }
  | { kind: 'attach' | 'writeWithFiles'; channel: number }
  | { kind: 'answerUpload'; pick: number; answer: UploadAnswer }
  | { kind: 'hear' | 'retry' | 'discard' | 'takeBack'; pick: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'goOnline' | 'breakStorage' | 'expireUploads' };

const pick = fc.nat(9);
const kind = <K extends Step['kind']>(name: K) => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('write'), channel: fc.nat(2), inThread: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('answer'),
      pick,
      answer: fc.constantFrom<Answer[]>(
        'done',
        'lost',
        'unavailable',
        'rate_limited',
        'forbidden',
        'conflict',
      ),
      retryAfterMs: fc.constantFrom(0, 700),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: kind('attach'), channel: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('writeWithFiles'), channel: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('answerUpload'),
      pick,
      answer: fc.oneof(
        { weight: 3, arbitrary: fc.constant<UploadAnswer>('done') },
        fc.constantFrom<UploadAnswer[]>('part', 'gone', 'unavailable', 'forbidden'),
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kind('goOnline') }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind('wait'), ms: fc.constantFrom(1, 5, 600, 9_000) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('retry'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('discard'), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('takeBack'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('hear'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('expireUploads') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('goOffline'), done: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('crash'), done: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('breakStorage') }) },
);

async function take(world: OutboxWorld, next: Step): Promise<void> {
  switch (next.kind) {
    case 'write':
      world.write(channels[next.channel] ?? channelId, next.inThread ? idOf(1) : undefined);
      break;
    case 'attach':
      world.attach(channels[next.channel] ?? channelId);
      break;
    case 'writeWithFiles':
      world.writeWithFiles(channels[next.channel] ?? channelId);
      break;
    case 'answerUpload':
      world.answerUpload(next.pick, next.answer);
      break;
    case 'expireUploads':
      world.expireUploads();
      break;
    case 'takeBack':
      world.takeBack(next.pick);
      break;
    case 'answer':
      world.answer(next.pick, next.answer, next.retryAfterMs);
      break;
    case 'goOnline':
      world.goOnline();
      break;
    case 'goOffline':
      world.goOffline(next.done);
      break;
    case 'crash':
      await world.crash(next.done);
      break;
    case 'hear':
      world.hear(next.pick);
      break;
    case 'retry':
      world.retry(next.pick);
      break;
    case 'discard':
      world.discard(next.pick);
      break;
    case 'breakStorage':
      world.storage.isBroken = true;
      break;
    case 'wait':
      await settle(next.ms);
  }
  await settle();
}

function expectNothingLost(world: OutboxWorld): void {
  const pending = new Set(world.pending().map(({ text }) => text));
  const posted = new Set(world.posted.map(({ text }) => text));
  const lost = [...world.safe].filter(
    (text) => !posted.has(text) && !pending.has(text) && !world.givenUp.has(text),
  );
  expect(lost).toEqual([]);
  // Without them a message is not sent; that one is not there should never be.
  expect(world.pending().filter(({ failure }) => failure?.reason === 'file_lost')).toEqual([]);
  const held = world.files();
  const files = new Set([...held, ...world.postedFiles(), ...world.givenUpFiles]);
  expect([...world.safeFiles].filter((name) => !files.has(name))).toEqual([]);
  expect(held, 'a file in two places').toEqual([...new Set(held)]);
  // What has come as an event is not on screen a second time.
  expect([...world.heard].filter((text) => pending.has(text))).toEqual([]);
}

function expectAllSettled(world: OutboxWorld): void {
  expectNothingLost(world);
  const texts = world.posted.map(({ text }) => text);
  expect(texts).toEqual([...new Set(texts)]);
  // What waits has failed, and the server does not have it.
  expect(
    world.pending().filter(({ text, state }) => state !== 'failed' || texts.includes(text)),
  ).toEqual([]);
  for (const channelId of channels) {
    const smooth = ({ text }: { text: string }) =>
      texts.includes(text) && !world.everFailed.has(text);
    const of = (list: { channelId: string; text: string }[]) =>
      list.filter((each) => each.channelId === channelId && smooth(each)).map(({ text }) => text);
    expect(of(world.posted)).toEqual(of(world.written));
  }
}

describe('whatever happens to app, storage, network and server, an outbox', () => {
  it('loses nothing, posts once, keeps the order, and sends one at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
        async (steps) => {
          // Nothing of the run before goes on in this one.
          vi.clearAllTimers();
          const world = new OutboxWorld();
          await settle(storageTakesMs);
          for (const next of steps) {
            await take(world, next);
            expect(world.wrongs).toEqual([]);
            if (!world.isLoading) expectNothingLost(world);
          }
          await world.finish();
          expect(world.wrongs).toEqual([]);
          expectAllSettled(world);
          // What the next run finds is what is shown, with no file in it that a message has by now.
          await world.crash(false);
          await world.finish();
          expect(world.wrongs).toEqual([]);
          expectAllSettled(world);
          const stored = [...world.durableFiles.values()].map(({ attachment }) => attachment.name);
          expect(stored.sort()).toEqual(world.files().sort());
          const posted = world.postedFiles().filter((name) => !world.takenBackFiles.has(name));
          expect(stored.filter((name) => posted.includes(name))).toEqual([]);
        },
      ),
      { numRuns: 600 },
    );
  });
});
