import { describe, expect, it, vi } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { aMessage, anEvent, idOf } from '../../../../../packages/shared/test/entities.ts';
import { settle } from '../../../test/settle.ts';
import { TimelineWorld } from '../../../test/timeline-world.ts';
import { maxHeld, Timeline, type History } from './timeline.ts';
import { Topic, untracked } from './topic.ts';

const numbersOf = ({ messages }: Timeline) => messages.map(({ number }) => number);
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

async function opened(messages: number, around: number | null = null): Promise<TimelineWorld> {
  const world = new TimelineWorld(messages);
  void world.channel.open(around);
  await world.answerAll();
  return world;
}

describe('a timeline', () => {
  it('opens with the latest messages, and asks once', async () => {
    const world = new TimelineWorld(130);
    expect(world.channel.isLoaded).toBe(false);
    void world.channel.open();
    void world.channel.open();
    expect(world.requests.map(({ input }) => input)).toEqual([
      { channelId: world.model.channelId, limit: 60 },
    ]);
    expect(world.channel.loading).toBe('initial');
    await world.answerAll();
    expect(numbersOf(world.channel)).toEqual(range(71, 130));
    expect(world.channel).toMatchObject({ hasMoreBefore: true, hasMoreAfter: false });
    void world.channel.open();
    expect(world.requests).toEqual([]);
  });

  it('opens around a number, and grows at both ends until they are reached', async () => {
    const world = await opened(130, 65);
    expect(numbersOf(world.channel)).toEqual(range(35, 94));
    for (const more of ['loadOlder', 'loadNewer'] as const) {
      void world.channel[more]();
      void world.channel[more]();
      expect(world.requests.length).toBe(1);
      await world.answerAll();
    }
    expect(numbersOf(world.channel)).toEqual(range(1, 130));
    await Promise.all([world.channel.loadOlder(), world.channel.loadNewer()]);
    expect(world.requests).toEqual([]);
  });

  it('adds what is posted only while it reaches the end', async () => {
    const world = await opened(130, 65);
    world.model.post('channel');
    world.deliver();
    expect(numbersOf(world.channel).at(-1)).toBe(94);
    void world.channel.loadNewer();
    await world.answerAll();
    world.model.post('channel');
    world.model.post('thread');
    world.deliver();
    expect(numbersOf(world.channel)).toEqual(range(35, 132));
  });

  it('has in a thread its replies alone, in their own order', async () => {
    const world = await opened(3);
    void world.thread.open();
    await world.answerAll();
    for (const into of ['thread', 'channel', 'both'] as const) world.model.post(into);
    world.deliver();
    const elsewhere = { threadRootId: idOf(7), threadNumber: 3, number: null };
    const message = aMessage({ channelId: world.model.channelId, ...elsewhere });
    world.timelines.follow(anEvent('message.posted', { message }));
    expect(world.thread.messages.map(({ threadNumber }) => threadNumber)).toEqual([1, 2]);
    expect(numbersOf(world.channel)).toEqual(range(1, 5));
    expect(world.channel.messages[0]?.replyCount).toBe(2);
  });

  it('jumps to what it does not hold, and back to the end', async () => {
    const world = await opened(500);
    await world.channel.jumpTo(450);
    await world.channel.jumpToLatest();
    expect(world.requests).toEqual([]);
    void world.channel.jumpTo(100);
    expect(numbersOf(world.channel)).toEqual(range(441, 500));
    await world.answerAll();
    expect(numbersOf(world.channel)).toEqual(range(70, 129));
    void world.channel.jumpToLatest();
    await world.answerAll();
    expect(numbersOf(world.channel)).toEqual(range(441, 500));
  });

  it('hears the last of two wishes, whichever page comes first', async () => {
    const world = await opened(500);
    void world.channel.jumpTo(100);
    void world.channel.jumpTo(300);
    world.read();
    world.read();
    const [first, second] = world.requests.splice(0);
    if (!first?.page || !second?.page) throw new Error('both were asked for');
    second.resolve(second.page);
    await settle();
    first.resolve(first.page);
    await settle();
    expect(numbersOf(world.channel)).toEqual(range(270, 329));
    expect(world.channel.loading).toBe('none');
  });

  it('says why a page did not come, and asks for the same once more', async () => {
    const world = await opened(130);
    void world.channel.loadOlder();
    await world.fail();
    expect(world.channel).toMatchObject({ failure: 'unavailable', loading: 'none' });
    expect(numbersOf(world.channel)).toEqual(range(71, 130));
    world.timelines.retry();
    expect(world.channel.failure).toBeNull();
    await world.answerAll();
    expect(numbersOf(world.channel)).toEqual(range(11, 130));
    await world.channel.retry();
    expect(world.requests).toEqual([]);
  });

  it('holds a bounded number, and lets the end go that is farther away', async () => {
    const world = await opened(1_000, 1);
    while (numbersOf(world.channel).at(-1) !== 600) {
      void world.channel.loadNewer();
      await world.answerAll();
    }
    expect(numbersOf(world.channel)).toEqual(range(600 - maxHeld + 1, 600));
    expect(world.channel.hasMoreBefore).toBe(true);
    void world.channel.loadOlder();
    await world.answerAll();
    expect(numbersOf(world.channel)).toEqual(range(41, 540));
    expect(world.channel).toMatchObject({ hasMoreBefore: true, hasMoreAfter: true });
  });

  it.each(['on its way', 'to be asked for again'])(
    'joins a page on to what it holds, which may have grown while it was %s',
    async (moment) => {
      const world = await opened(700, 1);
      while (world.channel.hasMoreAfter) {
        void world.channel.loadNewer();
        await world.answerAll();
      }
      void world.channel.loadOlder();
      if (moment === 'on its way') world.read();
      else await world.fail();
      world.model.post('channel');
      world.deliver();
      void world.channel.retry();
      await world.answerAll();
      const [first] = numbersOf(world.channel);
      expect(numbersOf(world.channel)).toEqual(range(first ?? 0, (first ?? 0) + maxHeld - 1));
    },
  );

  it('keeps for the next run what reaches the end, and begins with it', async () => {
    const world = await opened(130, 65);
    expect(world.channel.latest(10)).toBeNull();
    void world.channel.jumpToLatest();
    await world.answerAll();
    const kept = world.channel.latest(10) ?? [];
    expect(kept.map(({ number }) => number)).toEqual(range(121, 130));
    const next = new TimelineWorld(130);
    next.channel.restore(kept);
    expect(next.channel).toMatchObject({ isLoaded: true, hasMoreBefore: true, failure: null });
    next.model.post('channel');
    next.deliver();
    expect(numbersOf(next.channel)).toEqual(range(121, 131));
    next.thread.restore([]);
    expect(next.thread.hasMoreBefore).toBe(false);
  });

  it('says whether an event changed anything, and tells its readers only then', () => {
    const channelId = idOf(0x100);
    const topic = new Topic(untracked);
    const history = vi.fn<History>();
    const timeline = new Timeline({ channelId, threadRootId: null, history, topic });
    const message = aMessage({ channelId });
    timeline.restore([message]);
    const changed = vi.fn();
    topic.subscribe(changed);
    const elsewhere = aMessage({ channelId: idOf(0x101), id: message.id, text: 'elsewhere' });
    const before = { mentions: message.mentions };
    expect(timeline.follow(anEvent('message.posted', { message }))).toBe(false);
    expect(timeline.follow(anEvent('message.edited', { message: elsewhere, before }))).toBe(false);
    expect(timeline.follow(anEvent('membership.removed', { channelId }))).toBe(false);
    expect(changed).not.toHaveBeenCalled();
    const edited = { ...message, text: 'edited' };
    expect(timeline.follow(anEvent('message.edited', { message: edited, before }))).toBe(true);
    expect(changed).toHaveBeenCalledTimes(1);
    timeline.replace({ ...message, text: 'answered' });
    timeline.replace({ ...message, id: idOf(7) });
    expect(timeline.messages.map(({ text }) => text)).toEqual(['answered']);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('does not hide a fault of its own behind a failure that is expected', async () => {
    const history: History = () => Promise.reject(new TypeError('a bug'));
    const topic = new Topic(untracked);
    const timeline = new Timeline({ channelId: idOf(1), threadRootId: null, history, topic });
    await expect(timeline.open()).rejects.toThrow('a bug');
    expect(timeline).toMatchObject({ failure: 'internal', loading: 'none' });
    const refused: History = () => Promise.reject(new ParleyError('not_found', 'no'));
    const other = new Timeline({ channelId: idOf(1), threadRootId: null, history: refused, topic });
    await other.open();
    expect(other).toMatchObject({ failure: 'not_found', isLoaded: false });
  });

  it('takes no more than it asked for', async () => {
    const topic = new Topic(untracked);
    const history: History = ({ limit = 0 }) =>
      Promise.resolve({
        messages: Array.from({ length: limit + 1 }, (_, index) =>
          aMessage({ id: idOf(index + 10), channelId: idOf(1), number: index + 1 }),
        ),
        hasMoreBefore: false,
        hasMoreAfter: false,
      });
    const timeline = new Timeline({ channelId: idOf(1), threadRootId: null, history, topic });
    await timeline.open();
    expect(timeline).toMatchObject({ failure: 'internal', isLoaded: false, messages: [] });
  });
});
