import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Into } from '../../../test/model-channel.ts';
import { settle } from '../../../test/settle.ts';
import { TimelineWorld } from '../../../test/timeline-world.ts';
import { maxHeld, type Timeline } from './timeline.ts';

type Step =
  | { kind: 'post'; into: Into; count: number }
  | { kind: 'edit' | 'remove' | 'react' | 'answer'; pick: number }
  | { kind: 'deliver'; count: number }
  | { kind: 'older' | 'newer' | 'latest' | 'retry'; inThread: boolean }
  | { kind: 'jump'; inThread: boolean; number: number }
  | { kind: 'postOwn' | 'read' | 'fail' | 'reset' };

const kind = <K extends Step['kind']>(...names: K[]) => fc.constantFrom(...names);
const inThread = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind('post'),
      into: fc.constantFrom<Into[]>('channel', 'channel', 'thread', 'both'),
      count: fc.constantFrom(1, 2, 70),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('edit', 'remove', 'react'), pick: fc.nat(800) }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('deliver'), count: fc.constantFrom(1, 3, 500) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('older', 'older', 'newer', 'latest', 'retry'), inThread }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('jump'),
      inThread,
      number: fc.integer({ min: 1, max: 800 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: kind('read', 'read', 'read', 'fail') }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('answer'), pick: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('postOwn', 'reset') }) },
);

/** What is on screen when the steps begin: nothing, the latest page, or as much as is held, up to the end. */
type Begin = 'nothing' | 'latest' | 'full';

async function begin(messages: number, held: Begin): Promise<TimelineWorld> {
  const world = new TimelineWorld(messages);
  if (held === 'nothing') return world;
  void world.channel.open(held === 'full' ? 1 : null);
  void world.thread.open();
  await world.answerAll();
  while (held === 'full' && world.channel.hasMoreAfter) {
    void world.channel.loadNewer();
    await world.answerAll();
  }
  return world;
}

async function take(world: TimelineWorld, next: Step): Promise<void> {
  const timeline = 'inThread' in next && next.inThread ? world.thread : world.channel;
  switch (next.kind) {
    case 'post':
      for (let n = 0; n < next.count; n += 1) world.model.post(next.into);
      break;
    case 'edit':
    case 'remove':
    case 'react':
      world.model[next.kind](next.pick);
      break;
    case 'deliver':
      world.deliver(next.count);
      break;
    case 'older':
      void timeline.loadOlder();
      break;
    case 'newer':
      void timeline.loadNewer();
      break;
    case 'latest':
      void timeline.jumpToLatest();
      break;
    case 'jump':
      void timeline.jumpTo(next.number);
      break;
    case 'retry':
      void timeline.retry();
      break;
    case 'postOwn':
    case 'read':
    case 'reset':
      world[next.kind]();
      break;
    case 'answer':
      await world.answer(next.pick);
      break;
    case 'fail':
      await world.fail();
  }
  world.show();
  await settle();
}

const numbersOf = ({ messages, threadRootId }: Timeline) =>
  messages.map((message) => (threadRootId === null ? message.number : message.threadNumber) ?? 0);

/** What holds at any time. */
function expectInOrder(timeline: Timeline): void {
  const numbers = numbersOf(timeline);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  // While an older page is on its way, what it joins on to is not let go.
  const isStill = timeline.loading === 'none' && timeline.failure === null;
  if (isStill) expect(numbers.length).toBeLessThanOrEqual(maxHeld);
}

/** What holds when every event has come: a part of what the server has, without a hole, exactly as it is there. */
function expectSameAsServer(world: TimelineWorld, timeline: Timeline): void {
  const line = world.model.line(timeline.threadRootId);
  const numbers = numbersOf(timeline);
  const first = numbers[0] ?? line.length + 1;
  const last = numbers.at(-1) ?? line.length;
  expect(numbers).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n));
  expect(timeline.messages).toEqual(line.slice(first - 1, last));
  // It may ask once in vain when events have filled up what the page left out.
  if (first > 1) expect(timeline.hasMoreBefore).toBe(true);
  expect(timeline.hasMoreAfter).toBe(last < line.length);
}

describe('however pages and events come, a timeline', () => {
  it('is in order without doubles, and without holes once all has come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 3, 130, 700),
        fc.constantFrom<Begin[]>('nothing', 'latest', 'full'),
        fc.array(step, { minLength: 5, maxLength: 60 }),
        async (messages, held, steps) => {
          const world = await begin(messages, held);
          const timelines = [world.channel, world.thread];
          for (const next of steps) {
            await take(world, next);
            for (const timeline of timelines) {
              expectInOrder(timeline);
              const isStill = timeline.isLoaded && timeline.loading === 'none';
              if (isStill && world.isUpToDate) expectSameAsServer(world, timeline);
            }
          }
          await world.finish();
          for (const timeline of timelines) {
            expect(timeline.isLoaded).toBe(true);
            expectInOrder(timeline);
            expectSameAsServer(world, timeline);
          }
        },
      ),
      { numRuns: 250 },
    );
  });
});
