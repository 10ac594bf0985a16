import 'fake-indexeddb/auto';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { CuttingProxy } from '../../../test/cutting-proxy.ts';
import { call, password, RealServer } from '../../../test/server.ts';
import { Client } from './client.ts';
import { openIndexedDbStorage } from './indexed-db-storage.ts';
import { createMemoryStorage, type Storage } from './storage.ts';

/** Files from one device to the server and to everybody else, whatever happens in between. */

const dot =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

let server: RealServer;
let owner: SignedIn;
let away: SignedIn;
let ada: SignedIn;
const clients: Client[] = [];
const proxies: CuttingProxy[] = [];

beforeAll(async () => {
  server = await RealServer.start();
  owner = await server.setUp();
  ada = await server.register(owner, 'ada', 'Ada Lovelace');
  const device = { name: 'Laptop', platform: 'test' };
  away = await call(server.url, null, 'session.create', { login: 'owner', password, device });
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
  for (const proxy of proxies.splice(0)) await proxy.stop();
});
afterAll(() => server.dispose());

async function until(condition: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const latest = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > latest) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function start(
  session: SignedIn,
  { storage = createMemoryStorage(), url = server.url }: { storage?: Storage; url?: string } = {},
): Promise<Client> {
  const client = new Client({
    getAccess: () => Promise.resolve({ server: url, accessToken: session.accessToken }),
    storage,
    app: { name: 'test', version: '0.1.0' },
    locks: null,
  });
  clients.push(client);
  await client.start();
  return client;
}

async function device(session: SignedIn): Promise<Client> {
  const client = await start(session);
  await until(() => client.status.kind === 'online' && client.state !== null, 'it is online');
  return client;
}

async function room(): Promise<string> {
  const userIds = [ada.user.id];
  const input = { kind: 'private' as const, name: `room-${randomUUID()}`, userIds };
  return (await call(server.url, owner.accessToken, 'channel.create', input)).channel.id;
}

const latest = (client: Client, channelId: string): Message | undefined =>
  client.timeline(channelId).messages.at(-1);
const states = (client: Client, channelId: string) =>
  client.attachments(channelId).map(({ name, state }) => `${name} ${state}`);
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const fetched = async (client: Client, fileId: string) =>
  new Uint8Array(await (await client.files.get(fileId, 'whole')).arrayBuffer());

it('a message comes with its files, which those may have who are in the conversation', async () => {
  const channelId = await room();
  const [desk, reader] = [await device(owner), await device(ada)];
  await reader.timeline(channelId).open();
  await until(() => desk.maxFileBytes !== null, 'it knows what the server takes');
  expect(desk.maxFileBytes).toBeGreaterThan(1_000_000);
  const picture = Buffer.from(dot, 'base64');
  const large = randomBytes(5 * 1024 ** 2);
  await desk.attach(channelId, null, [
    { name: 'large.bin', blob: new Blob([large]) },
    { name: 'Grüße.png', blob: new Blob([picture], { type: 'image/png' }) },
    { name: 'empty.txt', blob: new Blob([]) },
  ]);
  await desk.post(channelId, '', { withFiles: true });
  await until(() => latest(reader, channelId)?.files.length === 3, 'it has come');
  const files = latest(reader, channelId)?.files ?? [];
  expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['large.bin', large.length],
    ['Grüße.png', picture.length],
    ['empty.txt', 0],
  ]);
  expect(hashOf(await fetched(reader, files[0]?.id ?? ''))).toBe(hashOf(large));
  expect(hashOf(await fetched(reader, files[1]?.id ?? ''))).toBe(hashOf(picture));
  expect(desk.attachments(channelId)).toEqual([]);
  await until(() => desk.isFlushed && desk.pending(channelId).length === 0, 'all is sent');
  // Who is removed may have nothing of it any more.
  const membership = { channelId, userId: ada.user.id };
  await call(server.url, owner.accessToken, 'channel.removeMember', membership);
  await until(() => !reader.conversation(channelId), 'it is known there');
  await expect(reader.files.get(files[0]?.id ?? '', 'whole')).rejects.toMatchObject({
    code: 'not_found',
  });
}, 60_000);

it('what is begun with files at one device is gone on with and sent at the other', async () => {
  const channelId = await room();
  const [desk, laptop] = [await device(owner), await device(away)];
  desk.setDraft(channelId, null, 'See');
  await desk.attach(channelId, null, [
    { name: 'one.txt', blob: new Blob(['one']) },
    { name: 'two.txt', blob: new Blob(['two']) },
  ]);
  await until(() => laptop.attachments(channelId).length === 2, 'they are there too');
  expect(states(laptop, channelId)).toEqual(['one.txt uploaded', 'two.txt uploaded']);
  expect(laptop.draft(channelId)).toBe('See');
  const [, two] = laptop.attachments(channelId);
  await laptop.detach(channelId, null, two?.id ?? '');
  await until(() => desk.attachments(channelId).length === 1, 'one was taken away');
  await laptop.attach(channelId, null, [{ name: 'three.txt', blob: new Blob(['three']) }]);
  laptop.setDraft(channelId, null, '');
  await laptop.post(channelId, 'See these', { withFiles: true });
  await laptop.timeline(channelId).open();
  await until(() => latest(laptop, channelId)?.files.length === 2, 'it is sent');
  expect(latest(laptop, channelId)?.files.map(({ name }) => name)).toEqual([
    'one.txt',
    'three.txt',
  ]);
  await until(() => desk.attachments(channelId).length === 0, 'they are gone here too');
  await until(() => desk.draft(channelId) === '', 'and so are the words');
  expect([desk.otherDraft(channelId), laptop.otherDraft(channelId)]).toEqual([null, null]);
}, 60_000);

it('says what the server does not take, and takes a message back with its files', async () => {
  const channelId = await room();
  const desk = await device(ada);
  await call(server.url, owner.accessToken, 'channel.archive', { channelId });
  await desk.attach(channelId, null, [{ name: 'late.txt', blob: new Blob(['late']) }]);
  const nonce = await desk.post(channelId, 'too late', { withFiles: true });
  await until(() => desk.pending(channelId)[0]?.state === 'failed', 'it is refused');
  expect(desk.pending(channelId)[0]?.attachments).toMatchObject([{ state: 'uploaded' }]);
  expect(await desk.takeBack(nonce)).toBe(true);
  expect(states(desk, channelId)).toEqual(['late.txt uploaded']);
  expect(desk.draft(channelId)).toBe('too late');
  await call(server.url, owner.accessToken, 'channel.unarchive', { channelId });
  await desk.post(channelId, 'in time', { withFiles: true });
  await desk.timeline(channelId).open();
  await until(() => latest(desk, channelId)?.text === 'in time', 'now it is sent');
  expect(latest(desk, channelId)?.files.map(({ name }) => name)).toEqual(['late.txt']);
}, 60_000);

/** A storage that does nothing more once the program is killed: what it had begun is done or not. */
function killable(storage: Storage): { storage: Storage; kill: () => void } {
  let isDead = false;
  const never = () => new Promise<never>(() => undefined);
  const dying = new Proxy(storage, {
    get: (target, key, receiver) => {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (isDead) return key === 'close' ? undefined : never();
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        return result.then(
          (done: unknown) => (isDead ? never() : done),
          (error: unknown) => (isDead ? never() : Promise.reject(error as Error)),
        );
      };
    },
  });
  return { storage: dying, kill: () => (isDead = true) };
}

const fate = fc.constantFrom('kill app', 'cut', 'cut later', 'kill server', 'wait');
const course = fc.array(fc.record({ what: fate, afterMs: fc.nat(250) }), {
  minLength: 4,
  maxLength: 9,
  size: 'max',
});

it.each([1, 2, 3, 4, 5, 6])(
  'sends each message once and with all of its files in order, whatever ends in the middle: course %i',
  async (seed) => {
    const [steps = []] = fc.sample(course, { seed, numRuns: 1 });
    const channelId = await room();
    const proxy = await CuttingProxy.start(server.url);
    proxies.push(proxy);
    const limits = fc.sample(fc.nat(6 * 1024 ** 2), { seed, numRuns: 100 });
    const open = async () => {
      const dying = killable(await openIndexedDbStorage(proxy.url, owner.user.id));
      return { ...dying, client: await start(owner, { storage: dying.storage, url: proxy.url }) };
    };
    let { client, kill } = await open();
    const sizes = [5 * 1024 ** 2, 10, 4 * 1024 ** 2 + 1, 0, 300_000];
    const files = sizes.map((size, n) => ({ name: `${seed}-${n}.bin`, bytes: randomBytes(size) }));
    const attach = (from: number, to: number) =>
      client.attach(
        channelId,
        null,
        files.slice(from, to).map(({ name, bytes }) => ({ name, blob: new Blob([bytes]) })),
      );
    await attach(0, 3);
    await client.post(channelId, 'first', { withFiles: true });
    await client.post(channelId, 'second');
    await attach(3, 5);
    await client.post(channelId, '', { withFiles: true });
    for (const { what, afterMs } of steps) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (what === 'cut') proxy.cut();
      if (what === 'cut later') {
        proxy.nextLimit = () => limits.pop() ?? Infinity;
        proxy.cut();
      }
      if (what === 'kill server') {
        await server.kill();
        await server.restart();
      }
      if (what !== 'kill app') continue;
      kill();
      proxy.cut();
      clients.splice(clients.indexOf(client), 1);
      void client.stop();
      ({ client, kill } = await open());
    }
    proxy.nextLimit = () => Infinity;
    client.tryNow();
    await until(() => client.isFlushed, 'everything is sent', 60_000);
    expect(client.pending(channelId)).toEqual([]);
    expect(client.attachments(channelId)).toEqual([]);
    const history = { channelId, limit: 20 };
    const { messages } = await call(server.url, ada.accessToken, 'message.history', history);
    expect(
      messages
        .filter(({ kind }) => kind === 'text')
        .map((each) => [each.text, ...each.files.map(({ name }) => name)]),
    ).toEqual([
      ['first', ...files.slice(0, 3).map(({ name }) => name)],
      ['second'],
      ['', ...files.slice(3).map(({ name }) => name)],
    ]);
    const reader = await device(ada);
    const sent = messages.flatMap((message) => message.files);
    for (const [n, { id }] of sent.entries()) {
      expect(hashOf(await fetched(reader, id))).toBe(hashOf(files[n]?.bytes ?? Buffer.alloc(0)));
    }
    // Nothing is left on the device.
    const storage = await openIndexedDbStorage(proxy.url, owner.user.id);
    expect([await storage.loadOutbox(), await storage.loadAttachments()]).toEqual([[], []]);
    storage.close();
  },
  120_000,
);
