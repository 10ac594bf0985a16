import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { io as connect, type Socket as Client } from 'socket.io-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { protocolVersion } from '@parley/shared/protocol/version.ts';
import { EventFrame } from '../live/event-frame.ts';
import { PreparedEvent } from '../live/prepared-event.ts';
import { aMessage, idOf } from '../../../../packages/shared/test/entities.ts';
import { webSocketOf } from '../../test/clients.ts';
import { SocketOutlet } from './socket-outlet.ts';
import { textParser } from './text-parser.ts';

let io: Server;
let client: Client;
let outlet: SocketOutlet;
let heard: [name: string, position: unknown][];

beforeEach(async () => {
  const http = createServer();
  io = new Server(http, { transports: ['websocket'], parser: textParser });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const connected = once(io, 'connection') as Promise<[Socket]>;
  client = connect(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
  heard = [];
  client.onAny((name: string, frame: { position?: number }) => heard.push([name, frame.position]));
  const [socket] = await connected;
  outlet = new SocketOutlet(socket);
});
afterEach(async () => {
  client.disconnect();
  await io.close();
});

const [channelId, ada, bob] = [idOf(1), idOf(0xa), idOf(0xb)];

function frameAt(position: number, text: string): EventFrame {
  const event = new PreparedEvent({
    position,
    audience: `channel:${channelId}`,
    type: 'message.posted',
    at: '2026-11-25T09:00:00.000Z',
    actorId: ada,
    data: { message: aMessage({ channelId, authorId: ada, number: position, text }) },
  });
  return new EventFrame(position - 1, position, [event.for(bob)]);
}

const hello = {
  protocol: protocolVersion,
  serverVersion: '1.0.0',
  epoch: 'an epoch',
  position: 0,
  sessionId: idOf(2),
  resumed: false,
};

it('writes events after what was written before them, and what comes later after them', async () => {
  // The first leaves at once, and what comes before it was taken waits in engine.io.
  outlet.ephemeral([]);
  outlet.hello(hello);
  outlet.events(frameAt(1, 'at once'));
  await expect.poll(() => heard.length).toBe(3);
  outlet.events(frameAt(2, 'straight to the connection'));
  outlet.events(frameAt(3, 'once more'));
  outlet.ephemeral([]);
  outlet.events(frameAt(4, 'after that'));
  await expect.poll(() => heard.length).toBe(7);
  expect(heard).toEqual([
    ['ephemeral', undefined],
    ['hello', 0],
    ['events', 1],
    ['events', 2],
    ['events', 3],
    ['ephemeral', undefined],
    ['events', 4],
  ]);
});

it('knows how much of the events a client leaves unread, and when it has read them', async () => {
  expect(outlet.bufferedBytes()).toBe(0);
  webSocketOf(client).pause();
  const text = 'x'.repeat(1_000_000);
  const frames = 20;
  for (let position = 1; position <= frames; position += 1) {
    outlet.events(frameAt(position, text));
    await new Promise(setImmediate);
  }
  // The systems of both ends hold some of it.
  expect(outlet.bufferedBytes()).toBeGreaterThan(4_000_000);
  expect(outlet.bufferedBytes()).toBeLessThan(frames * 1_001_000);
  webSocketOf(client).resume();
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(frames);
  expect(heard.map(([, position]) => position)).toEqual(
    Array.from({ length: frames }, (_, index) => index + 1),
  );
  expect(outlet.bufferedBytes()).toBe(0);
  outlet.events(frameAt(frames + 1, 'short'));
  await expect.poll(() => heard.length).toBe(frames + 1);
  webSocketOf(client).pause();
  io.emit('an answer', 'x'.repeat(20_000_000));
  await new Promise(setImmediate);
  expect(outlet.bufferedBytes()).toBeLessThan(10_000);
});
