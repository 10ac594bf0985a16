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
    flusher.expect(positions.length);
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

it('rests after a flush as long as its work asks for, and what comes meanwhile is one write', () => {
  const { give } = setUp();
  workMs = 2;
  give(1, 2, 3);
  pass(1);
  const [first] = writes;
  const endedAt = (first?.at ?? 0) + workMs;
  // Three events shared a write of 2 ms: ten times as long a rest.
  give(4);
  pass(5);
  give(5, 6);
  pass(40);
  expect(writes.map(({ events }) => events)).toEqual([3, 3]);
  expect((writes[1]?.at ?? 0) - endedAt).toBeGreaterThanOrEqual(18);
  expect((writes[1]?.at ?? 0) - endedAt).toBeLessThanOrEqual(21);
});

it('a rest is not the reason for the next: what came one by one meanwhile leads to a short one', () => {
  const { give } = setUp();
  workMs = 2;
  give(1, 2, 3);
  pass(5);
  give(4);
  pass(5);
  give(5);
  pass(20);
  give(6);
  pass(1);
  expect(writes.map(({ events }) => events)).toEqual([3, 2, 1]);
});

it('rests no longer than it worked where each event had a write of its own', () => {
  const { give } = setUp();
  workMs = 4;
  give(1);
  pass(1);
  const endedAt = (writes[0]?.at ?? 0) + workMs;
  give(2);
  pass(20);
  expect((writes[1]?.at ?? 0) - endedAt).toBeGreaterThanOrEqual(3);
  expect((writes[1]?.at ?? 0) - endedAt).toBeLessThanOrEqual(5);
});

it('writes nothing to a session whose network does not take it, and says so', () => {
  const { give, slow } = setUp();
  buffered = maxBufferedBytes + 1;
  give(1);
  pass(1);
  expect(writes).toEqual([]);
  expect(slow).toHaveLength(1);
});
