import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { parseEvent, type NewEvent } from '@parley/shared/protocol/events.ts';
import { apply } from '@parley/shared/state/apply.ts';
import { toComparable } from '@parley/shared/state/digest.ts';
import { fromSnapshot } from '@parley/shared/state/state.ts';
import { appendEvents } from '../src/log/append.ts';
import { lockHead } from '../src/log/head.ts';
import { pruneLog } from '../src/log/prune.ts';
import { connectSocketIo, connectSse, connectWebSocket, until } from './clients.ts';
import { call, startTestServer, type TestServer } from './server.ts';

/** After any absence a client gets every event that it missed, or is told to take a fresh snapshot. */

const missed = 5_000;
const workspace = {
  id: '01900000-0000-7000-8000-00000000000a',
  name: 'Northwind',
  createdAt: '2026-11-24T09:00:00.000Z',
  readReceipts: false,
};
const transports = {
  'Socket.IO': connectSocketIo,
  'plain WebSocket': connectWebSocket,
  'server-sent events': connectSse,
};

let world: TestServer;
let ada: SignedIn;
let channelId: string;

beforeAll(async () => {
  world = await startTestServer();
  ada = await world.register('ada');
  const created = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'workshop',
    userIds: [ada.user.id],
  });
  channelId = created.channel.id;
}, 60_000);
afterAll(() => world.close());

const post = () =>
  call(world.url, world.owner.accessToken, 'message.post', {
    channelId,
    nonce: randomUUID(),
    text: 'live',
  });

/** Appends as many events for ada, among others that are not for her; resolves to the positions of hers. */
async function append(count: number): Promise<number[]> {
  const { user } = ada;
  const joined = { memberCount: 2, userId: user.id, channelId };
  const hers: NewEvent[] = [
    { audience: 'everyone', type: 'workspace.updated', data: { workspace } },
    { audience: 'members', type: 'user.updated', data: { user } },
    { audience: `channel:${channelId}`, type: 'member.left', data: joined },
    { audience: `user:${user.id}`, type: 'session.revoked', data: { sessionId: randomUUID() } },
  ];
  const others: NewEvent[] = [
    { audience: `channel:${randomUUID()}`, type: 'member.left', data: joined },
    { audience: `user:${randomUUID()}`, type: 'membership.removed', data: { channelId } },
  ];
  const entries = Array.from({ length: count }, (_, n) => [
    ...hers.slice(n % hers.length, (n % hers.length) + 1),
    ...(n % 3 === 0 ? others : []),
  ]).flat();
  const at = new Date();
  return world.db.transaction(async (tx) => {
    const from = await lockHead(tx);
    const appended = await appendEvents(
      tx,
      from,
      entries.map((event) => ({ event, actorId: null, at })),
    );
    return appended.flatMap(({ position }, n) => {
      const event = entries[n];
      return event && hers.includes(event) ? [position] : [];
    });
  });
}

it('resumes with exactly the 5,000 events that were missed, while others come in', async () => {
  const { epoch, position } = await call(world.url, ada.accessToken, 'sync.bootstrap', {});
  const expected = await append(missed);
  for (const connect of Object.values(transports)) {
    const connecting = connect(world.url, ada.accessToken, { after: position, epoch });
    const live = await Promise.all([post(), post(), post()]);
    const client = await connecting;
    expected.push(...live.map((posted) => posted.position).sort((a, b) => a - b));
    await until(() => client.events().length >= expected.length, 'all have come');
    expect(client.events().map((event) => event.position)).toEqual(expected);
    expect(client.goodbye).toBeNull();
    client.close();
  }
}, 60_000);

it.each(Object.entries(transports))(
  '%s: a pruned position is cursor_expired, and a snapshot leads on from there',
  async (_name, connect) => {
    const token = ada.accessToken;
    const old = await call(world.url, token, 'sync.bootstrap', {});
    await append(3);
    await pruneLog(world.db, new Date(Date.now() + 1_000));
    const where = { after: old.position, epoch: old.epoch };
    const refusal: unknown = await connect(world.url, token, where).catch(
      (error: unknown) => error,
    );
    expect(JSON.stringify({ ...(refusal as object) })).toContain('cursor_expired');
    await expect(call(world.url, token, 'sync.events', where)).rejects.toMatchObject({
      code: 'cursor_expired',
    });
    const snapshot = await call(world.url, token, 'sync.bootstrap', {});
    const client = await connect(world.url, token, {
      after: snapshot.position,
      epoch: snapshot.epoch,
    });
    await Promise.all([post(), post()]);
    await until(() => client.events().length === 2, 'what came after the snapshot is here');
    let state = fromSnapshot(snapshot);
    for (const raw of client.events()) {
      const event = parseEvent(raw);
      if (event) state = apply(state, event);
    }
    const fresh = fromSnapshot(await call(world.url, token, 'sync.bootstrap', {}));
    expect(toComparable(state)).toEqual(toComparable(fresh));
    client.close();
  },
);
