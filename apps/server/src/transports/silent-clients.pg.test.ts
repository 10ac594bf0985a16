import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../test/clients.ts';
import { Conversations } from '../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../test/server.ts';

/** Clients that connect and then do not keep their side of it: they cost little, and not for long. */

let world: TestServer;
let channelId: string;

beforeAll(async () => {
  world = await startTestServer();
  const talk = new Conversations(world);
  const channel = await talk.channel(world.owner, 'private');
  channelId = channel.id;
  const text = 'x'.repeat(16_000);
  await Promise.all(Array.from({ length: 200 }, () => talk.post(world.owner, channelId, text)));
}, 60_000);
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world.close());

const plainUrl = () => `${world.url.replace('http', 'ws')}/api/v1/ws`;

it('a plain WebSocket is closed when nobody signs in on it within ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const socket = new WebSocket(plainUrl());
  await once(socket, 'open');
  await fetch(`${world.url}/healthz`);
  vi.advanceTimersByTime(9_900);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  const refusal = once(socket, 'message');
  const closing = once(socket, 'close');
  vi.advanceTimersByTime(200);
  const [data] = (await refusal) as [Buffer];
  expect(JSON.parse(data.toString('utf8'))).toMatchObject({
    ok: false,
    error: { code: 'unauthenticated' },
  });
  const [code] = (await closing) as [number];
  expect(code).toBe(1008);
});

/** Of 3 MB each: more than any network takes from somebody who does not read. */
const asked = 40;
const history = () => ({ channelId, limit: 200 });

/** How a client of each transport, seen as bare frames, connects and asks. */
const clients = {
  'plain WebSocket': {
    open: () =>
      new WebSocket(plainUrl(), {
        headers: { authorization: `Bearer ${world.owner.accessToken}` },
      }),
    isHello: (frame: string) => frame.startsWith('{"hello"'),
    ask: (id: number) => JSON.stringify({ id, command: 'message.history', input: history() }),
  },
  'Socket.IO': {
    open: () => {
      const url = `${world.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
      const socket = new WebSocket(url);
      socket.once('message', () => {
        socket.send(`40${JSON.stringify({ token: world.owner.accessToken })}`);
      });
      return socket;
    },
    isHello: (frame: string) => frame.startsWith('42["hello"'),
    ask: (id: number) => `42${id}${JSON.stringify(['command', 'message.history', history()])}`,
  },
};

it.each(Object.entries(clients))(
  '%s: a client that asks on without reading the answers is ended',
  async (_name, { open, isHello, ask }) => {
    const socket = open();
    await new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (isHello(data.toString('utf8'))) resolve();
      });
    });
    expect(world.server.hub.sessionCount).toBe(1);
    socket.pause();
    for (let id = 1; id <= asked; id += 1) socket.send(ask(id));
    await until(() => world.server.hub.sessionCount === 0, 'the connection has been ended');
    socket.terminate();
  },
);
