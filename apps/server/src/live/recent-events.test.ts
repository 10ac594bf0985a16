import { expect, it } from 'vitest';
import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import { aMessage, idOf } from '../../../../packages/shared/test/entities.ts';
import { PreparedEvent } from './prepared-event.ts';
import { RecentEvents } from './recent-events.ts';

const channelId = idOf(1);
const at = '2026-11-25T09:00:00.000Z';

function eventAt(position: number, audience: Audience = 'everyone', text = 'x'): PreparedEvent {
  const message = aMessage({ channelId, number: position, text });
  const event: Event = {
    position,
    audience,
    type: 'message.posted',
    at,
    actorId: null,
    data: { message },
  };
  return new PreparedEvent(event);
}

function remembering(positions: number[]): RecentEvents {
  const recent = new RecentEvents();
  for (const position of positions) recent.add(eventAt(position));
  return recent;
}

const everyone = new Set<Audience>(['everyone']);

it('serves a range only when it remembers all of it', async () => {
  const recent = remembering([5, 6, 7, 8]);
  expect(recent.within({ after: 3, through: 8 })).toBeNull();
  expect(recent.within({ after: 4, through: 9 })).toBeNull();
  const range = { after: 4, through: 7 };
  const found = await recent.within(range)?.forAudiences(everyone, range, 100);
  expect(found?.map(({ position }) => position)).toEqual([5, 6, 7]);
  expect(new RecentEvents().within({ after: 0, through: 0 })).toBeNull();
});

it('gives only what the audiences may hear, page by page', async () => {
  const recent = new RecentEvents();
  const mine: Audience = `channel:${channelId}`;
  for (let position = 1; position <= 6; position += 1) {
    recent.add(eventAt(position, position % 2 ? mine : `channel:${idOf(2)}`));
  }
  const source = recent.within({ after: 0, through: 6 });
  const page = await source?.forAudiences(new Set([mine]), { after: 0, through: 6 }, 2);
  expect(page?.map(({ position }) => position)).toEqual([1, 3]);
  const rest = await source?.forAudiences(new Set([mine]), { after: 3, through: 6 }, 2);
  expect(rest?.map(({ position }) => position)).toEqual([5]);
});

it('begins anew after a hole and when it is cleared', () => {
  const recent = remembering([5, 6, 9]);
  expect(recent.within({ after: 5, through: 9 })).toBeNull();
  expect(recent.within({ after: 8, through: 9 })).not.toBeNull();
  recent.clear();
  expect(recent.within({ after: 8, through: 9 })).toBeNull();
});

it('is bounded, and what somebody is told of it stays as it was', async () => {
  const recent = new RecentEvents();
  recent.add(eventAt(1));
  const range = { after: 0, through: 1 };
  const source = recent.within(range);
  const long = 'x'.repeat(16_000);
  for (let position = 2; position < 1_200; position += 1) {
    recent.add(eventAt(position, 'everyone', long));
  }
  expect(recent.within({ after: 0, through: 1_199 })).toBeNull();
  expect(recent.within({ after: 1_100, through: 1_199 })).not.toBeNull();
  expect(await source?.forAudiences(everyone, range, 10)).toHaveLength(1);
});
