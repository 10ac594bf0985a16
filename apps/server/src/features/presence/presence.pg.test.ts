import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { connectSocketIo, until, type TestClient } from '../../../test/clients.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
const clients: TestClient[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => server.close());

async function connect({ accessToken }: SignedIn): Promise<TestClient> {
  const client = await connectSocketIo(server.url, accessToken);
  clients.push(client);
  return client;
}

const watch = (client: TestClient, userIds: string[]) =>
  client.command('presence.watch', { userIds });

describe('presence', () => {
  it('is told now and from now on, to those who watch', async () => {
    const ada = await server.register('ada');
    const watcher = await connect(server.owner);
    const userId = ada.user.id;
    const reply = await watch(watcher, [userId]);
    expect(reply).toMatchObject({ output: { presences: [{ userId, presence: 'offline' }] } });
    const hers = await connect(ada);
    await hers.command('presence.set', { presence: 'active' });
    const hasHeard = (presence: string) => () =>
      JSON.stringify(watcher.ephemeral.at(-1) ?? null).includes(presence);
    await until(hasHeard('active'), 'the watcher hears that she is there');
    await hers.command('presence.set', { presence: 'away' });
    await until(hasHeard('away'), 'the watcher hears that she went away');
    expect(JSON.stringify(watcher.ephemeral.at(-1))).toContain(userId);
  });

  it('is told of people whom the watcher may know', async () => {
    const guest = await server.register('gus', 'guest');
    const bob = await server.register('bob');
    const asked = [guest.user.id, bob.user.id, randomUUID()];
    const known = async (who: SignedIn) => {
      const reply = await watch(await connect(who), asked);
      return asked.filter((userId) => JSON.stringify(reply).includes(userId));
    };
    expect(await known(guest)).toEqual([guest.user.id]);
    expect(await known(bob)).toEqual([guest.user.id, bob.user.id]);
  });

  it('is away for who only reads a stream on a device that nobody is at, and gone with the stream', async () => {
    const ada = await server.register('reader');
    const watcher = await connect(server.owner);
    await watch(watcher, [ada.user.id]);
    const told = (presence: string) => () =>
      JSON.stringify(watcher.ephemeral).includes(`"${presence}"`);
    const stream = new AbortController();
    const open = (query: string) =>
      fetch(`${server.url}/api/v1/events${query}`, {
        headers: { authorization: `Bearer ${ada.accessToken}` },
        signal: stream.signal,
      });
    expect((await open('?presence=active')).status).toBe(400);
    await open('?presence=away');
    await until(told('away'), 'the watcher hears that nobody is there');
    stream.abort();
    await until(told('offline'), 'the watcher hears that the stream has ended');
  });

  it('takes commands without a connection, which count for nothing', async () => {
    const { accessToken } = server.owner;
    const set = call(server.url, accessToken, 'presence.set', { presence: 'active' });
    await expect(set).resolves.toEqual({});
  });
});
