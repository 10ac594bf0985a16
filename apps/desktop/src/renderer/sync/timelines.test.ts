import { describe, expect, it } from 'vitest';
import { aMessage, anEvent, idOf } from '../../../../../packages/shared/test/entities.ts';
import { TimelineWorld } from '../../../test/timeline-world.ts';

const channel = (n: number) => idOf(0x100 + n);

describe('the timelines in use', () => {
  it('are the same objects as long as they are, and let the one go that was used longest ago', () => {
    const { timelines } = new TimelineWorld(0);
    const first = timelines.get(channel(0), null);
    const second = timelines.get(channel(1), null);
    for (let n = 2; n < 60; n += 1) timelines.get(channel(n), null);
    expect(timelines.get(channel(0), null)).toBe(first);
    timelines.get(channel(60), null);
    expect(timelines.get(channel(0), null)).toBe(first);
    expect(timelines.get(channel(1), null)).not.toBe(second);
    expect(timelines.get(channel(0), idOf(7))).not.toBe(first);
  });

  it('keep nothing of a conversation that one has left', () => {
    const { timelines } = new TimelineWorld(0);
    const left = [timelines.get(channel(0), null), timelines.get(channel(0), idOf(7))];
    const kept = timelines.get(channel(1), null);
    for (const each of [...left, kept]) each.restore([]);
    timelines.follow(anEvent('membership.removed', { channelId: channel(0) }));
    expect(timelines.get(channel(0), null).isLoaded).toBe(false);
    expect(timelines.get(channel(0), idOf(7)).isLoaded).toBe(false);
    expect(timelines.get(channel(1), null)).toBe(kept);
  });

  it('begin anew when events may be missing, the one used last at once, even while a page is on its way', async () => {
    const world = new TimelineWorld(70);
    void world.thread.open();
    void world.channel.open();
    world.read();
    world.read();
    world.model.post('both');
    world.reset();
    await world.answer();
    await world.answer();
    expect(world.channel).toMatchObject({ isLoaded: false, loading: 'initial' });
    expect(world.thread).toMatchObject({ isLoaded: false, loading: 'none' });
    world.show();
    await world.answerAll();
    expect(world.channel.messages.at(-1)?.number).toBe(71);
    expect(world.thread.messages.map(({ threadNumber }) => threadNumber)).toEqual([1]);
  });

  it('load nothing that nobody has asked for', () => {
    const world = new TimelineWorld(70);
    world.channel.restore([]);
    expect(world.thread.isLoaded).toBe(false);
    world.timelines.retry();
    expect(world.requests).toEqual([]);
    world.reset();
    expect(world.requests.map(({ input }) => input.threadRootId)).toEqual([undefined]);
  });

  it('give for the next run the channels that were used last, without their threads', () => {
    const { timelines } = new TimelineWorld(0);
    for (let n = 0; n < 4; n += 1) {
      const channelId = channel(n);
      const messages = [1, 2, 3].map((number) => aMessage({ channelId, number, id: idOf(number) }));
      timelines.get(channelId, null).restore(messages);
      timelines.get(channelId, idOf(7)).restore([]);
    }
    timelines.get(channel(0), null);
    expect(
      timelines.latest(2, 2).map(({ channelId, messages }) => ({
        channelId,
        numbers: messages.map(({ number }) => number),
      })),
    ).toEqual([
      { channelId: channel(3), numbers: [2, 3] },
      { channelId: channel(0), numbers: [2, 3] },
    ]);
  });
});
