import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { digest } from '@parley/shared/state/digest.ts';
import { fromSnapshot } from '@parley/shared/state/state.ts';
import { call, password, RealServer } from '../../../test/server.ts';
import { Client } from './client.ts';
import { createMemoryStorage } from './storage.ts';

/** One person at two devices, with a real server in between. */

let server: RealServer;
let owner: SignedIn;
let away: SignedIn;
let ada: SignedIn;
const clients: Client[] = [];

beforeAll(async () => {
  server = await RealServer.start();
  owner = await server.setUp();
  ada = await server.register(owner, 'ada', 'Ada Lovelace');
  const device = { name: 'Laptop', platform: 'test' };
  away = await call(server.url, null, 'session.create', { login: 'owner', password, device });
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});
afterAll(() => server.dispose());

async function until(condition: () => boolean, what: string): Promise<void> {
  const latest = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > latest) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A client that can be cut off: without access it cannot connect. */
async function device(session: SignedIn) {
  let reachable = true;
  const client = new Client({
    getAccess: () =>
      reachable
        ? Promise.resolve({ server: server.url, accessToken: session.accessToken })
        : Promise.reject(new Error('there is no network')),
    storage: createMemoryStorage(),
    app: { name: 'test', version: '0.1.0' },
  });
  clients.push(client);
  await client.start();
  const online = () =>
    until(() => client.status.kind === 'online' && client.state !== null, 'it is online');
  await online();
  return {
    client,
    /** Ends the connection by probes that have no time to succeed; on a busy machine an answer may come first. */
    async cutOff() {
      reachable = false;
      while (client.status.kind === 'online') await client.probe(0);
    },
    async bringBack() {
      reachable = true;
      client.tryNow();
      await online();
    },
  };
}

async function room(): Promise<string> {
  const name = `room-${randomUUID()}`;
  const userIds = [ada.user.id];
  const input = { kind: 'private' as const, name, userIds };
  return (await call(server.url, owner.accessToken, 'channel.create', input)).channel.id;
}

async function keptText(channelId: string): Promise<string | undefined> {
  const { drafts } = await call(server.url, owner.accessToken, 'draft.list', {});
  return drafts.find((draft) => draft.channelId === channelId)?.text;
}

async function expectSameAsServer(client: Client): Promise<void> {
  const fresh = fromSnapshot(await call(server.url, owner.accessToken, 'sync.bootstrap', {}));
  await until(() => client.state?.position === fresh.position, 'it is where the server is');
  expect(client.state && digest(client.state)).toBe(digest(fresh));
}

it('what is begun at one device is there at the other, and gone at both once it is sent', async () => {
  const channelId = await room();
  const desk = (await device(owner)).client;
  const laptop = (await device(away)).client;
  desk.setDraft(channelId, null, 'Dear Ada');
  await until(() => laptop.draft(channelId) === 'Dear Ada', 'it came by itself');
  laptop.setDraft(channelId, null, 'Dear Ada, all is well');
  laptop.flushDrafts();
  await until(() => desk.draft(channelId) === 'Dear Ada, all is well', 'it went back');
  await laptop.post(channelId, 'Dear Ada, all is well');
  laptop.setDraft(channelId, null, '');
  laptop.flushDrafts();
  await until(() => desk.draft(channelId) === '', 'it is gone here too');
  expect(await keptText(channelId)).toBeUndefined();
  expect([desk.otherDraft(channelId), laptop.otherDraft(channelId)]).toEqual([null, null]);
  await until(() => laptop.isFlushed, 'the message is sent');
  for (const client of [desk, laptop]) await expectSameAsServer(client);
});

it('keeps both where both were changed, until the person has chosen', async () => {
  const channelId = await room();
  const desk = await device(owner);
  const laptop = (await device(away)).client;
  desk.client.setDraft(channelId, null, 'shared');
  desk.client.flushDrafts();
  await until(() => laptop.draft(channelId) === 'shared', 'both know it');
  await desk.cutOff();
  desk.client.setDraft(channelId, null, 'shared, from the desk');
  laptop.setDraft(channelId, null, 'shared, from the laptop');
  laptop.flushDrafts();
  await until(() => laptop.state?.drafts.get(channelId)?.text.endsWith('laptop') ?? false, 'kept');
  await desk.bringBack();
  await until(() => desk.client.otherDraft(channelId) !== null, 'the person is asked');
  expect(desk.client.draft(channelId)).toBe('shared, from the desk');
  expect(desk.client.otherDraft(channelId)?.text).toBe('shared, from the laptop');
  expect(await keptText(channelId)).toBe('shared, from the laptop');
  desk.client.chooseDraft(channelId, null, 'both');
  const both = 'shared, from the desk\n\nshared, from the laptop';
  await until(() => laptop.draft(channelId) === both, 'what was chosen is everywhere');
  expect(await keptText(channelId)).toBe(both);
  expect(laptop.otherDraft(channelId)).toBeNull();
});

it('catches up after the server was away, and shows nothing of a conversation that was left', async () => {
  const channelId = await room();
  const desk = (await device(owner)).client;
  const laptop = (await device(away)).client;
  await server.kill();
  await until(() => desk.status.kind === 'offline', 'it is noticed');
  desk.setDraft(channelId, null, 'written in the dark');
  await server.restart();
  desk.tryNow();
  laptop.tryNow();
  await until(() => laptop.draft(channelId) === 'written in the dark', 'it has come');
  await expectSameAsServer(laptop);
  await call(server.url, owner.accessToken, 'channel.leave', { channelId });
  await until(() => !desk.conversation(channelId) && !laptop.conversation(channelId), 'left');
  expect([desk.draft(channelId), laptop.draft(channelId)]).toEqual(['', '']);
  expect(await keptText(channelId)).toBeUndefined();
}, 60_000);
