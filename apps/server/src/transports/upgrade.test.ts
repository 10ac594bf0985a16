import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createNodeWebSocket } from '@hono/node-ws';
import { Hono } from 'hono';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routeUpgrades } from './upgrade.ts';

const plainPath = '/plain';

let server: Server;
/** The state of each WebSocket that a route was handed, as it was then. */
const handed: number[] = [];

beforeAll(async () => {
  const app = new Hono();
  const nodeWebSocket = createNodeWebSocket({ app });
  app.get(
    plainPath,
    nodeWebSocket.upgradeWebSocket(() => ({
      onOpen: (_event, socket) => {
        handed.push(socket.readyState);
      },
    })),
  );
  server = createServer();
  routeUpgrades(server, { plainPath, nodeWebSocket, log: pino({ level: 'silent' }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  handed.length = 0;
});

/** Asks for an upgrade on a connection whose own half stays open. */
function ask(path: string, key: string): Socket {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.on('error', () => undefined).resume();
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  return socket;
}

const goodKey = 'dGhlIHNhbXBsZSBub25jZQ==';

const connectionCount = () =>
  new Promise<number>((resolve) => {
    server.getConnections((_error, count) => {
      resolve(count);
    });
  });

describe('upgrades', () => {
  it('open a WebSocket for their route', async () => {
    const socket = ask(plainPath, goodKey);
    await expect.poll(() => handed).toEqual([1]);
    socket.destroy();
  });

  it.each(['short', `${goodKey}x`])(
    'hand a closed one over where the handshake is refused, so that nothing waits for it: %s',
    async (key) => {
      const socket = ask(plainPath, key);
      await expect.poll(() => handed).toEqual([3]);
      socket.destroy();
    },
  );

  it.each([plainPath, '/no/such/path', '//', '/socket.io'])(
    'keep no connection that came to nothing, though the client leaves its half open: %s',
    async (path) => {
      const socket = ask(path, 'short');
      await once(socket, 'end');
      await expect.poll(connectionCount).toBe(0);
      socket.destroy();
    },
  );
});
