import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Ephemeral, Goodbye } from '@parley/shared/protocol/frames.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { until } from '../../test/clients.ts';
import { Conversations } from '../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../test/server.ts';
import { createInProcessBus } from '../bus/in-process.ts';
import { appendEvents } from '../log/append.ts';
import { lockHead, readHead } from '../log/head.ts';
import { pruneLog } from '../log/prune.ts';
import { Hub } from './hub.ts';
import type { EventFrame } from './event-frame.ts';
import { maxBufferedBytes, type Outlet } from './session.ts';

let world: TestServer;
let talk: Conversations;
const connected: (() => void)[] = [];

beforeAll(async () => {
  world = await startTestServer();
  talk = new Conversations(world);
});
afterEach(() => {
  for (const disconnect of connected.splice(0)) disconnect();
});
afterAll(() => world.close());

/** An outlet that keeps what it is given; `buffered` is what the network has not taken. */
class KeepingOutlet implements Outlet {
  readonly frames: EventFrame[] = [];
  readonly heard: Ephemeral[] = [];
  goodbyes: Goodbye[] = [];
  buffered = 0;
  onEvents: () => void = () => undefined;
  hello(): void {
    // Its content is the transports' matter.
  }
  events(frame: EventFrame): void {
    this.frames.push(frame);
    this.onEvents();
  }
  ephemeral(list: Ephemeral[]): void {
    this.heard.push(...list);
  }
  goodbye(goodbye: Goodbye): void {
    this.goodbyes.push(goodbye);
  }
  bufferedBytes(): number {
    return this.buffered;
  }
  positions(): number[] {
    return this.frames.flatMap(({ events }) => events.map(({ event }) => event.position));
  }
}

const actorOf = ({ user, sessionId }: SignedIn) => ({
  userId: user.id,
  sessionId,
  role: user.role,
});

function connect(person: SignedIn, after: number | null = null, hub = world.server.hub) {
  const outlet = new KeepingOutlet();
  const cursor = after === null ? null : { after, epoch: undefined };
  const { session, ready } = hub.connect(actorOf(person), outlet, cursor);
  connected.push(() => {
    hub.disconnect(session);
  });
  return { outlet, session, ready, live: hub.liveFor(actorOf(person), session) };
}

/** Appends events in one transaction that no hint tells of; resolves to the position before them. */
async function append(events: NewEvent[]): Promise<number> {
  const at = new Date();
  return world.db.transaction(async (tx) => {
    const from = await lockHead(tx);
    await appendEvents(
      tx,
      from,
      events.map((event) => ({ event, actorId: null, at })),
    );
    return from.position;
  });
}

const workspace = {
  id: '01900000-0000-7000-8000-00000000000a',
  name: 'N',
  createdAt: '',
  readReceipts: false,
};
const toEveryone: NewEvent = {
  audience: 'everyone',
  type: 'workspace.updated',
  data: { workspace: { ...workspace, createdAt: new Date().toISOString() } },
};
const many = (count: number) => Array.from({ length: count }, () => toEveryone);

describe('a connection that catches up', () => {
  it('counts as here, and hears of presence, from its first moment', async () => {
    const ada = await world.register('ada');
    const { position } = await readHead(world.db);
    const hers = connect(ada, 0);
    hers.live.setPresence('active');
    const watcher = connect(world.owner, 0);
    expect(watcher.live.watchPresence([ada.user.id])).toEqual([
      { userId: ada.user.id, presence: 'active' },
    ]);
    hers.live.setPresence('away');
    await Promise.all([hers.ready, watcher.ready]);
    await until(() => watcher.outlet.heard.length > 0, 'the change is heard');
    expect(watcher.outlet.heard).toEqual([
      { type: 'presence', userId: ada.user.id, presence: 'away' },
    ]);
    expect(hers.outlet.frames.at(-1)?.position).toBeGreaterThanOrEqual(position);
  });

  it('is sent what it missed at its own pace', async () => {
    const before = await append(many(2_000));
    const { outlet, ready } = connect(world.owner, before);
    // The network takes each page only a while after it was written.
    outlet.onEvents = () => {
      expect(outlet.buffered).toBeLessThanOrEqual(maxBufferedBytes);
      outlet.buffered += maxBufferedBytes;
      setTimeout(() => (outlet.buffered = 0), 30);
    };
    await ready;
    expect(outlet.goodbyes).toEqual([]);
    expect(outlet.positions()).toEqual(Array.from({ length: 2_000 }, (_, n) => before + n + 1));
  });

  it('is ended as slow when it takes nothing', async () => {
    const before = await append(many(1_000));
    const hub = new Hub({
      db: world.db,
      bus: createInProcessBus(),
      log: pino({ level: 'silent' }),
      serverVersion: '0.1.0',
      observe: () => undefined,
      startAt: () => undefined,
      catchUpPatienceMs: 50,
    });
    await hub.start();
    const { outlet, ready } = connect(world.owner, before, hub);
    outlet.onEvents = () => (outlet.buffered = 2 * maxBufferedBytes);
    await ready;
    expect(outlet.goodbyes).toMatchObject([{ reason: 'slow_consumer', reconnect: true }]);
    expect(outlet.frames).toHaveLength(1);
    hub.close();
  });

  it('is told to begin anew when the log is pruned under it, and never skips an event', async () => {
    const before = await append(many(1_200));
    const { outlet, ready } = connect(world.owner, before);
    outlet.onEvents = () => {
      outlet.buffered = maxBufferedBytes;
      void pruneLog(world.db, new Date(Date.now() + 60_000)).then(() => {
        outlet.buffered = 0;
      });
    };
    await expect(ready).rejects.toMatchObject({ code: 'cursor_expired' });
    expect(outlet.positions()).toEqual(Array.from({ length: 500 }, (_, n) => before + n + 1));
  });
});

describe('a revoked session', () => {
  it('is told of no position beyond its last event', async () => {
    const bob = await world.register('bob');
    const { outlet, ready } = connect(bob);
    await ready;
    const revoked: NewEvent = {
      audience: `user:${bob.user.id}`,
      type: 'session.revoked',
      data: { sessionId: bob.sessionId },
    };
    // Both come in one batch: the second is for the next time that the person signs in.
    const before = await append([revoked, toEveryone]);
    await until(() => outlet.goodbyes.length > 0, 'the session has ended');
    expect(outlet.goodbyes).toEqual([{ reason: 'revoked', reconnect: false }]);
    expect(outlet.positions().at(-1)).toBe(before + 1);
    expect(outlet.frames.at(-1)?.position).toBe(before + 1);
  });
});

describe('the presence that a guest hears of', () => {
  const presenceOf = (outlet: KeepingOutlet, userId: Id) =>
    outlet.heard.filter((each) => each.type === 'presence' && each.userId === userId);

  it('is not that of somebody who left their conversation', async () => {
    const guest = await world.register('gus', 'guest');
    const [cleo, dan] = [await world.register('cleo'), await world.register('dan')];
    const { id: channelId } = await talk.channel(world.owner, 'private', [guest, cleo, dan]);
    const watcher = connect(guest);
    const [hers, his] = [connect(cleo), connect(dan)];
    await Promise.all([watcher.ready, hers.ready, his.ready]);
    watcher.live.watchPresence([cleo.user.id, dan.user.id]);
    await talk.ask(cleo, 'channel.leave', { channelId });
    hers.live.setPresence('active');
    his.live.setPresence('active');
    await until(() => presenceOf(watcher.outlet, dan.user.id).length > 0, 'dan is heard of');
    expect(presenceOf(watcher.outlet, cleo.user.id)).toEqual([]);
  });

  it('is nobody’s that they watched while they were a member', async () => {
    const eve = await world.register('eve');
    const fay = await world.register('fay');
    const watcher = connect(eve);
    const hers = connect(fay);
    const other = connect(world.owner);
    await Promise.all([watcher.ready, hers.ready, other.ready]);
    for (const { live } of [watcher, other]) live.watchPresence([fay.user.id]);
    await talk.ask(world.owner, 'user.setRole', { userId: eve.user.id, role: 'guest' });
    hers.live.setPresence('active');
    await until(() => presenceOf(other.outlet, fay.user.id).length > 0, 'fay is heard of');
    expect(watcher.outlet.heard).toEqual([]);
  });
});
