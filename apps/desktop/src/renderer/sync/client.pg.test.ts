import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { digest } from '@parley/shared/state/digest.ts';
import { fromSnapshot } from '@parley/shared/state/state.ts';
import { call, RealServer } from '../../../test/server.ts';
import { Client } from './client.ts';
import { openIndexedDbStorage } from './indexed-db-storage.ts';
import { createMemoryStorage, type Storage } from './storage.ts';
import type { CreateSubscriber } from './topic.ts';

let server: RealServer;
let owner: SignedIn;
let ada: SignedIn;
let channelId: string;
const clients: Client[] = [];

beforeAll(async () => {
  server = await RealServer.start();
  owner = await server.setUp();
  ada = await server.register(owner, 'ada', 'Ada Lovelace');
  const made = await call(server.url, owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'workshop',
    userIds: [ada.user.id],
  });
  channelId = made.channel.id;
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});
afterAll(() => server.dispose());

async function until(condition: () => boolean, what: string): Promise<void> {
  const latest = Date.now() + 40_000;
  while (!condition()) {
    if (Date.now() > latest) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Told = { client: Client; events: Event[]; troubles: string[] };

async function connect(
  person: SignedIn,
  storage: Storage = createMemoryStorage(),
  createSubscriber?: CreateSubscriber,
): Promise<Told> {
  const events: Event[] = [];
  const troubles: string[] = [];
  const client = new Client({
    getAccess: () => Promise.resolve({ server: server.url, accessToken: person.accessToken }),
    storage,
    ...(createSubscriber && { createSubscriber }),
    app: { name: 'test', version: '0.1.0' },
    onEvent: (event) => events.push(event),
    onTrouble: (trouble) => troubles.push(trouble),
  });
  clients.push(client);
  await client.start();
  return { client, events, troubles };
}

async function online(
  person: SignedIn,
  storage?: Storage,
  createSubscriber?: CreateSubscriber,
): Promise<Told> {
  const told = await connect(person, storage, createSubscriber);
  await until(() => told.client.status.kind === 'online' && told.client.state !== null, 'online');
  return told;
}

const posts = (person: SignedIn, count: number, prefix: string) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      call(server.url, person.accessToken, 'message.post', {
        channelId,
        nonce: randomUUID(),
        text: `${prefix} ${n}`,
      }),
    ),
  );

async function expectSameAsServer(client: Client, person: SignedIn): Promise<void> {
  const fresh = fromSnapshot(await call(server.url, person.accessToken, 'sync.bootstrap', {}));
  await until(() => client.state?.position === fresh.position, 'the client is where the server is');
  const held = client.state;
  expect(held && digest(held)).toBe(digest(fresh));
}

it('holds what the server holds, and shows messages, reactions, edits and counts as they come', async () => {
  const { client } = await online(ada);
  const timeline = client.timeline(channelId);
  await timeline.open();
  const [first] = await posts(owner, 1, 'hello @ada');
  await until(() => timeline.messages.length > 0, 'the message is there');
  expect(client.conversation(channelId)?.membership).toMatchObject({
    unreadCount: 1,
    mentionCount: 1,
  });
  const messageId = first?.message.id ?? '';
  await client.command('reaction.add', { messageId, emoji: '👍' });
  await call(server.url, owner.accessToken, 'message.edit', { messageId, text: 'changed' });
  await until(() => timeline.messages.at(-1)?.text === 'changed', 'the edit is there');
  expect(timeline.messages.at(-1)?.reactions).toMatchObject([{ emoji: '👍', count: 1 }]);
  client.markRead(channelId, first?.message.number ?? 0);
  await until(() => client.conversation(channelId)?.membership.unreadCount === 0, 'it is read');
  await expectSameAsServer(client, ada);
  await client.verify();
  expect(client.repairs).toBe(0);
});

it('gets exactly the 5,000 events that it missed', async () => {
  const storage = createMemoryStorage();
  const before = await online(ada, storage);
  const { position } = await call(server.url, ada.accessToken, 'sync.bootstrap', {});
  await until(() => before.client.state?.position === position, 'it is up to date');
  await before.client.stop();
  for (let round = 0; round < 10; round += 1) await posts(owner, 500, `missed ${round}`);
  const { client, events, troubles } = await connect(ada, storage);
  expect(client.state?.position).toBe(position);
  await until(() => events.length >= 5_000, 'all events have come');
  expect(events.map((event) => event.position)).toEqual(
    Array.from({ length: 5_000 }, (_, n) => position + n + 1),
  );
  expect(troubles).toEqual([]);
  expect(client.conversation(channelId)?.membership.unreadCount).toBe(5_000);
  await expectSameAsServer(client, ada);
}, 90_000);

it('takes a fresh snapshot when the place to go on from is gone', async () => {
  const storage = createMemoryStorage();
  const before = await online(ada, storage);
  await before.client.stop();
  const view = await storage.loadView();
  if (!view) throw new Error('nothing was stored');
  await storage.saveView({
    ...view,
    snapshot: { ...view.snapshot, epoch: 'another life', position: 3 },
  });
  const { client } = await connect(ada, storage);
  await until(() => client.state?.epoch !== 'another life', 'a snapshot has come');
  await expectSameAsServer(client, ada);
  const timeline = client.timeline(channelId);
  await timeline.open();
  expect(timeline.messages.length).toBeGreaterThan(0);
});

it('sends what was written offline once, in order, after a kill of the server and of the app', async () => {
  const storage = () => openIndexedDbStorage(server.url, owner.user.id);
  const first = await online(owner, await storage());
  const reader = await online(ada);
  const timeline = reader.client.timeline(channelId);
  await timeline.open();
  await first.client.post(channelId, 'before the cut');
  await until(() => timeline.messages.at(-1)?.text === 'before the cut', 'it has come');
  await server.kill();
  await until(() => first.client.status.kind === 'offline', 'the app knows');
  const texts = Array.from({ length: 20 }, (_, n) => `offline ${n}`);
  for (const text of texts) await first.client.post(channelId, text);
  expect(first.client.pending(channelId).map(({ text }) => text)).toEqual(texts);
  // The app is killed too: nothing of it goes on, and a new one takes up what is stored.
  const dead = clients.indexOf(first.client);
  clients.splice(dead, 1);
  await first.client.stop();
  const second = await connect(owner, await storage());
  expect(second.client.pending(channelId).map(({ text }) => text)).toEqual(texts);
  await server.restart();
  second.client.tryNow();
  reader.client.tryNow();
  await until(() => second.client.isFlushed, 'everything is sent');
  await until(() => timeline.messages.at(-1)?.text === 'offline 19', 'everything has come');
  const { messages } = await call(server.url, owner.accessToken, 'message.history', {
    channelId,
    limit: 21,
  });
  expect(messages.map(({ text }) => text)).toEqual(['before the cut', ...texts]);
  expect(timeline.messages.slice(-21).map(({ text }) => text)).toEqual([
    'before the cut',
    ...texts,
  ]);
  await expectSameAsServer(reader.client, ada);
}, 90_000);

it('posts once although the server is killed between sending and answering', async () => {
  const { client } = await online(owner);
  const sent = Array.from({ length: 60 }, (_, n) => `cut ${n}`);
  for (const text of sent) void client.post(channelId, text);
  await until(() => client.pending(channelId).length < 45, 'some are through');
  await server.kill();
  await server.restart();
  client.tryNow();
  await until(() => client.isFlushed, 'everything is sent');
  const { messages } = await call(server.url, owner.accessToken, 'message.history', {
    channelId,
    limit: 60,
  });
  expect(messages.map(({ text }) => text)).toEqual(sent);
}, 90_000);

it('says why a message was refused, keeps it, and lets the others through', async () => {
  const made = await call(server.url, owner.accessToken, 'channel.create', {
    kind: 'public',
    name: 'closing',
    userIds: [ada.user.id],
  });
  const { client } = await online(ada);
  await call(server.url, owner.accessToken, 'channel.archive', { channelId: made.channel.id });
  const nonce = await client.post(made.channel.id, 'too late');
  const again = await client.post(made.channel.id, 'to be written anew');
  await client.post(channelId, 'elsewhere');
  await until(() => client.pending(made.channel.id)[0]?.state === 'failed', 'it is refused');
  expect(client.pending(made.channel.id)[0]?.failure).toEqual({
    code: 'conflict',
    reason: 'archived',
  });
  await until(() => client.pending(channelId).length === 0, 'the other one is through');
  await until(() => client.pending(made.channel.id)[1]?.state === 'failed', 'the next one as well');
  client.setDraft(made.channel.id, null, 'begun since');
  expect(await client.takeBack(again)).toBe(true);
  expect(await client.takeBack(again)).toBe(false);
  expect(client.draft(made.channel.id)).toBe('to be written anew\n\nbegun since');
  expect(client.pending(made.channel.id).map((item) => item.nonce)).toEqual([nonce]);
  await call(server.url, owner.accessToken, 'channel.unarchive', { channelId: made.channel.id });
  await client.retry(nonce);
  await until(() => client.pending(made.channel.id).length === 0, 'now it is through');
});

it('shows what others say elsewhere together, and at once what is on screen or speaks to the person', async () => {
  let changes = 0;
  // A view that shows whatever it has read.
  const view: CreateSubscriber = (start) => {
    let isFollowing = false;
    return () => {
      if (!isFollowing) start(() => (changes += 1));
      isFollowing = true;
    };
  };
  const { client, events } = await online(ada, createMemoryStorage(), view);
  const seen = async (messages: Promise<unknown>, count: number) => {
    const [before, from] = [changes, events.length];
    await messages;
    await until(() => events.length >= from + count, 'they have come');
    return changes - before;
  };
  const oneByOne = async (prefix: string) => {
    for (let n = 0; n < 10; n += 1) await posts(owner, 1, `${prefix} ${n}`);
  };
  const unread = () => client.conversation(channelId)?.membership.unreadCount ?? 0;
  const before = unread();
  const startedAt = performance.now();
  const together = await seen(oneByOne('elsewhere'), 10);
  const tookMs = performance.now() - startedAt;
  expect(together).toBeLessThanOrEqual(2 + tookMs / 1_000);
  expect(unread()).toBe(before + 10);
  const atMost = changes + 1;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(changes).toBeLessThanOrEqual(atMost);
  expect(await seen(posts(owner, 1, 'one @ada'), 1)).toBeGreaterThan(0);
  expect(await seen(posts(owner, 1, 'another @ada'), 1)).toBeGreaterThan(0);
  const timeline = client.timeline(channelId);
  await timeline.open();
  expect(timeline.messages.length).toBeGreaterThan(0);
  expect(await seen(oneByOne('here'), 10)).toBeGreaterThanOrEqual(10);
});

it('ends when the session is revoked', async () => {
  const eve = await server.register(owner, 'eve', 'Eve');
  let signedIn = true;
  const client = new Client({
    getAccess: () =>
      Promise.resolve(signedIn ? { server: server.url, accessToken: eve.accessToken } : null),
    storage: createMemoryStorage(),
    app: { name: 'test', version: '0.1.0' },
  });
  clients.push(client);
  await client.start();
  await until(() => client.status.kind === 'online', 'online');
  signedIn = false;
  await call(server.url, eve.accessToken, 'session.end', {});
  await until(() => client.status.kind === 'ended', 'it has ended');
});
