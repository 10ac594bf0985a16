import { expect, it, vi } from 'vitest';
import type { Event } from '@parley/shared/protocol/events.ts';
import { aMessage, idOf } from '../../../../packages/shared/test/entities.ts';
import { EventFrame, FrameMaker } from './event-frame.ts';
import { PreparedEvent } from './prepared-event.ts';

const channelId = idOf(1);
const [ada, bob, cleo] = [idOf(0xa), idOf(0xb), idOf(0xc)];
const at = '2026-11-25T09:00:00.000Z';

function posted(position: number, authorId: string): PreparedEvent {
  const nonce = idOf(0xf000 + position);
  const message = aMessage({ channelId, authorId, number: position, nonce });
  const audience = `channel:${channelId}` as const;
  const event: Event = {
    position,
    audience,
    type: 'message.posted',
    at,
    actorId: authorId,
    data: { message },
  };
  return new PreparedEvent(event);
}

const [one, two, three] = [posted(1, ada), posted(2, ada), posted(3, ada)];

it('is one for all who stand at the same place and get the same events', () => {
  const frames = new FrameMaker(3);
  const hers = frames.frame(bob, 0, [one, two]);
  expect(frames.frame(cleo, 0, [one, two])).toBe(hers);
  expect(JSON.parse(hers.json)).toMatchObject({ after: 0, position: 3 });
});

it('is another for who gets other events of the same number and the same last', () => {
  const frames = new FrameMaker(3);
  const hers = frames.frame(bob, 0, [one, three]);
  const his = frames.frame(cleo, 0, [two, three]);
  expect(his).not.toBe(hers);
  expect(his.events.map(({ event }) => event.position)).toEqual([2, 3]);
  expect(hers.events.map(({ event }) => event.position)).toEqual([1, 3]);
});

it('is another for who continues from elsewhere', () => {
  const frames = new FrameMaker(3);
  expect(frames.frame(cleo, 1, [two]).after).toBe(1);
  expect(frames.frame(bob, 0, [two]).after).toBe(0);
});

it('shows a nonce to the author of the message alone, whoever was served first', () => {
  for (const order of [
    [ada, bob],
    [bob, ada],
  ]) {
    const frames = new FrameMaker(1);
    const texts = new Map(order.map((reader) => [reader, frames.frame(reader, 0, [one]).json]));
    expect(texts.get(ada)).toContain(idOf(0xf001));
    expect(texts.get(bob)).not.toContain(idOf(0xf001));
  }
});

it('is encoded once for all who share it, by each transport in its own way', () => {
  const frame = new EventFrame(0, 1, [one.for(bob)]);
  const encode = vi.fn((each: EventFrame) => each.json.length);
  const other = (each: EventFrame) => each.position;
  expect(frame.encoded(encode)).toBe(frame.encoded(encode));
  expect(encode).toHaveBeenCalledTimes(1);
  expect(frame.encoded(other)).toBe(1);
});
