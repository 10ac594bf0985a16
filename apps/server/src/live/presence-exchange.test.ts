import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';
import type { Bus, Hint } from '../bus/bus.ts';
import { createInProcessBus } from '../bus/in-process.ts';
import { JitteredTimers } from './jittered-timers.ts';
import { PresenceBoard } from './presence.ts';
import { PresenceExchange } from './presence-exchange.ts';
import { LiveSession, type Outlet } from './session.ts';

const outlet: Outlet = {
  hello: () => undefined,
  events: () => undefined,
  ephemeral: () => undefined,
  goodbye: () => undefined,
  bufferedBytes: () => 0,
};

/** The same numbers for the same seed, from 0 up to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** A node with a board, on a bus that it shares with others; `filter` stands between the bus and its ears. */
class TestNode {
  readonly board: PresenceBoard;
  readonly exchange: PresenceExchange;
  readonly shown = new Map<Id, Presence[]>();
  readonly timers = new JitteredTimers();
  readonly #sessions = new Map<Id, LiveSession>();
  readonly #leave: () => void;

  constructor(bus: Bus, filter: (tell: (hint: Hint) => void) => (hint: Hint) => void = (t) => t) {
    this.board = new PresenceBoard(
      (userId, presence) => {
        this.shown.set(userId, [...(this.shown.get(userId) ?? []), presence]);
      },
      (userId) => {
        this.exchange.saidHere(userId);
      },
    );
    const { board, timers } = this;
    this.exchange = new PresenceExchange({
      bus,
      board,
      timers,
      random: Math.random,
      now: Date.now,
    });
    const tell = (hint: Hint) => {
      if (hint.kind !== 'logged' && hint.kind !== 'ephemeral') this.exchange.hear(hint);
    };
    this.#leave = bus.subscribe(filter(tell));
    this.exchange.start();
  }

  set(userId: Id, presence: 'active' | 'away'): void {
    this.board.set(this.#session(userId), presence);
  }

  disconnect(userId: Id): void {
    this.board.remove(this.#session(userId));
  }

  /** As `kill -9`: it neither hears nor says anything any more. */
  die(): void {
    this.#leave();
    this.timers.close();
  }

  #session(userId: Id): LiveSession {
    const sessionId = userId;
    const known = this.#sessions.get(userId);
    const session = known ?? new LiveSession({ userId, sessionId, role: 'member' }, outlet);
    this.#sessions.set(userId, session);
    return session;
  }
}

let nodes: TestNode[];
beforeEach(() => {
  vi.useFakeTimers();
  nodes = [];
});
afterEach(() => {
  for (const node of nodes) node.die();
  vi.useRealTimers();
});

function start(count: number, filter?: ConstructorParameters<typeof TestNode>[1]): TestNode[] {
  const bus = createInProcessBus();
  nodes = Array.from({ length: count }, () => new TestNode(bus, filter));
  return nodes;
}

const ada = uuidv7();

describe('presence between nodes', () => {
  it('is shown at every node within moments, once for each change', () => {
    const [one, other] = start(2) as [TestNode, TestNode];
    vi.advanceTimersByTime(100);
    one.set(ada, 'active');
    vi.advanceTimersByTime(50);
    expect(other.board.of(ada)).toBe('active');
    one.set(ada, 'away');
    vi.advanceTimersByTime(50);
    one.disconnect(ada);
    vi.advanceTimersByTime(10_000);
    expect(other.shown.get(ada)).toEqual(['active', 'away', 'offline']);
  });

  it('is the best of all nodes, and lasts as long as one of them has the person', () => {
    const [one, other, third] = start(3) as [TestNode, TestNode, TestNode];
    vi.advanceTimersByTime(100);
    one.set(ada, 'away');
    other.set(ada, 'active');
    vi.advanceTimersByTime(50);
    expect(third.board.of(ada)).toBe('active');
    other.disconnect(ada);
    vi.advanceTimersByTime(50);
    expect(third.board.of(ada)).toBe('away');
    one.disconnect(ada);
    vi.advanceTimersByTime(50);
    expect(third.board.of(ada)).toBe('offline');
  });

  it('is known to a node that begins later, at once', () => {
    const bus = createInProcessBus();
    const first = new TestNode(bus);
    first.set(ada, 'active');
    vi.advanceTimersByTime(5_000);
    const late = new TestNode(bus);
    nodes = [first, late];
    vi.advanceTimersByTime(50);
    expect(late.board.of(ada)).toBe('active');
  });

  it('goes with a node that dies, within six seconds and a bit, and stays with one that lives', () => {
    const [one, other, third] = start(3) as [TestNode, TestNode, TestNode];
    const bob = uuidv7();
    vi.advanceTimersByTime(100);
    one.set(ada, 'active');
    other.set(bob, 'active');
    vi.advanceTimersByTime(60_000);
    expect([third.board.of(ada), third.board.of(bob)]).toEqual(['active', 'active']);
    one.die();
    vi.advanceTimersByTime(6_500);
    expect([third.board.of(ada), third.board.of(bob)]).toEqual(['offline', 'active']);
  });

  it('of a node that ends in order goes at once', () => {
    const [one, other] = start(2) as [TestNode, TestNode];
    one.set(ada, 'active');
    vi.advanceTimersByTime(1_500);
    one.disconnect(ada);
    one.exchange.close();
    expect(other.board.of(ada)).toBe('offline');
  });

  it.each([1, 2, 3, 4, 5])('agrees after hints were lost, doubled and late (seed %i)', (seed) => {
    const random = randomFrom(seed);
    let isBroken = true;
    const mangled = (tell: (hint: Hint) => void) => {
      const late: Hint[] = [];
      return (hint: Hint) => {
        const fate = isBroken ? random() : 1;
        if (fate < 0.2) return;
        if (fate < 0.35) late.push(hint);
        else tell(hint);
        if (fate > 0.35 && fate < 0.5) tell(hint);
        if (fate > 0.7) for (let each = late.pop(); each; each = late.pop()) tell(each);
      };
    };
    start(3, mangled);
    const people = Array.from({ length: 10 }, () => uuidv7());
    for (let step = 0; step < 300; step += 1) {
      const node = nodes[Math.floor(random() * 3)];
      const userId = people[Math.floor(random() * people.length)] ?? ada;
      const what = random();
      if (what < 0.2) node?.set(userId, 'active');
      else if (what < 0.4) node?.set(userId, 'away');
      else node?.disconnect(userId);
      vi.advanceTimersByTime(random() * 60);
    }
    isBroken = false;
    vi.advanceTimersByTime(2_500);
    const best = (userId: Id) => {
      const all = nodes.map(({ board }) => board.here(userId));
      return (['active', 'away'] as const).find((each) => all.includes(each)) ?? 'offline';
    };
    for (const { board } of nodes) {
      expect(people.map((userId) => board.of(userId))).toEqual(people.map(best));
    }
  });
});
