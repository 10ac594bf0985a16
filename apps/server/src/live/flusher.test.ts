import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aMessage, idOf } from '../../../../packages/shared/test/entities.ts';
import { Flusher } from './flusher.ts';
import { PreparedEvent } from './prepared-event.ts';
import { LiveSession, maxBufferedBytes } from './session.ts';

const channelId = idOf(1);

function posted(position: number): PreparedEvent {
  const message = aMessage({ channelId, authorId: idOf(2), number: position });
  return new PreparedEvent({
    position,
    audience: `channel:${channelId}`,
    type: 'message.posted',
    at: message.createdAt,
    actorId: idOf(2),
    data: { message },
  });
}

/** Milliseconds on the node's clock, which timers and work move on. */
let clock: number;
/** What a write costs. */
let workMs: number;
let buffered: number;
let writes: { at: number; events: number }[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] });
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  [clock, workMs, buffered, writes] = [1_000, 0, 0, []];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 1) {
    clock += 1;
    vi.advanceTimersByTime(1);
  }
}

function aSession(): LiveSession {
  const session = new LiveSession(
    { userId: idOf(3), sessionId: idOf(4), role: 'member' },
    {
      hello: () => undefined,
      events: ({ events }) => {
        writes.push({ at: clock, events: events.length });
        clock += workMs;
      },
      ephemeral: () => undefined,
      goodbye: () => undefined,
      bufferedBytes: () => buffered,
    },
  );
  session.state = 'live';
  return session;
}

function setUp(): { give: (...positions: number[]) => void; slow: LiveSession[] } {
  let position = 0;
  const slow: LiveSession[] = [];
  const flusher = new Flusher({
    position: () => position,
    endSlow: (session) => {
      slow.push(session);
    },
  });
  const session = aSession();
  const give = (...positions: number[]) => {
    for (const each of positions) {
      position = each;
      session.enqueue(posted(each));
      flusher.mark(session);
    }
  };
  return { give, slow };
}

it('writes a lone event within the turn, and all events of a turn in one write', () => {
  const { give } = setUp();
  give(1);
  vi.advanceTimersByTime(0);
  give(2, 3, 4);
  vi.advanceTimersByTime(0);
  expect(writes).toEqual([
    { at: 1_000, events: 1 },
    { at: 1_000, events: 3 },
  ]);
});

it('rests after a flush as long as it worked, and what comes meanwhile is one write', () => {
  const { give } = setUp();
  workMs = 6;
  give(1, 2, 3);
  pass(1);
  const endedAt = (writes[0]?.at ?? 0) + workMs;
  give(4);
  pass(2);
  give(5, 6);
  pass(40);
  expect(writes.map(({ events }) => events)).toEqual([3, 3]);
  expect((writes[1]?.at ?? 0) - endedAt).toBeGreaterThanOrEqual(5);
  expect((writes[1]?.at ?? 0) - endedAt).toBeLessThanOrEqual(7);
});

it('rests 25 ms at most', () => {
  const { give } = setUp();
  workMs = 200;
  give(1);
  pass(1);
  const endedAt = (writes[0]?.at ?? 0) + workMs;
  give(2);
  pass(100);
  expect((writes[1]?.at ?? 0) - endedAt).toBeGreaterThanOrEqual(24);
  expect((writes[1]?.at ?? 0) - endedAt).toBeLessThanOrEqual(26);
});

it('writes nothing to a session whose network does not take it, and says so', () => {
  const { give, slow } = setUp();
  buffered = maxBufferedBytes + 1;
  give(1);
  pass(1);
  expect(writes).toEqual([]);
  expect(slow).toHaveLength(1);
});
