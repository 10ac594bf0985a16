import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { connectSocketIo, connectSse, connectWebSocket, until } from '../test/clients.ts';
import { Conversations } from '../test/conversations.ts';
import { startTestServer, type TestServer } from '../test/server.ts';
import { lockHead } from './log/head.ts';

/** Node tells there of each request that has come to a server: https://nodejs.org/api/diagnostics_channel.html#http */
const requestStart = 'http.server.request.start';

let world: TestServer;

beforeEach(async () => {
  world = await startTestServer();
});
afterEach(() => world.close());

describe('closing the server', () => {
  it('answers every command that is under way, over every transport', async () => {
    const talk = new Conversations(world);
    const { id: channelId } = await talk.channel(world.owner, 'private');
    const { accessToken } = world.owner;
    const clients = await Promise.all([
      connectSocketIo(world.url, accessToken),
      connectWebSocket(world.url, accessToken),
    ]);
    const content = () => ({ channelId, nonce: randomUUID(), text: 'just in time' });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    // Nothing is written while this transaction holds the head.
    const holder = world.db.transaction(async (tx) => {
      await lockHead(tx);
      await held;
    });
    let arrived = 0;
    const count = () => (arrived += 1);
    subscribe(requestStart, count);
    const overHttp = Array.from({ length: 30 }, () =>
      talk.ask(world.owner, 'message.post', content()),
    );
    const overSockets = clients.flatMap((client) =>
      Array.from({ length: 30 }, () => client.command('message.post', content())),
    );
    await expect.poll(() => arrived).toBe(overHttp.length);
    unsubscribe(requestStart, count);
    // Over connections that are open already, time enough to come to the server.
    await delay(500);
    const closing = world.server.close();
    release();
    await holder;
    const outcomes = await Promise.allSettled(overHttp);
    let posted = 0;
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') posted += 1;
      // Too late is said, not left open.
      else expect(outcome.reason).toBeInstanceOf(ParleyError);
    }
    for (const reply of await Promise.all(overSockets)) {
      if (reply.ok) posted += 1;
      else expect(reply.error.code).toBe('unavailable');
    }
    await closing;
    expect(posted).toBe(90);
    for (const client of clients) {
      await client.closed;
      expect(client.goodbye).toMatchObject({ reason: 'shutdown', reconnect: true });
    }
  });

  it('does not wait for those who do not answer any more', async () => {
    const stream = await connectSse(world.url, world.owner.accessToken);
    const { hostname, port } = new URL(world.url);
    const sockets = await Promise.all(
      ['/api/v1/ws', '/socket.io/?EIO=4&transport=websocket'].map((path) =>
        upgraded(hostname, Number(port), path, world.owner.accessToken),
      ),
    );
    await until(() => world.server.hub.sessionCount === 2, 'stream and socket are connected');
    const startedAt = performance.now();
    await world.server.close();
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    await stream.closed;
    for (const socket of sockets) socket.destroy();
  });
});

/** A WebSocket that was upgraded and then never reads nor says anything. */
function upgraded(host: string, port: number, path: string, token: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port }, () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Authorization: Bearer ${token}\r\nSec-WebSocket-Version: 13\r\n` +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
    });
    socket.on('error', reject);
    socket.once('data', () => {
      socket.removeListener('error', reject).on('error', () => undefined);
      socket.pause();
      resolve(socket);
    });
  });
}
