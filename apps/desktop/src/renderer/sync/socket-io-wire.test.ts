import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSocketIoWire } from './socket-io-wire.ts';
import type { Wire } from '../../live/wire.ts';

vi.mock('../../live/bounds.ts', () => ({ bounds: { messageLength: 1_000 } }));

let io: Server;
let url: string;
let wire: Wire | null;

beforeEach(async () => {
  const server = createServer();
  io = new Server(server, { transports: ['websocket'], serveClient: false });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  wire = null;
});
afterEach(async () => {
  wire?.close();
  await io.close();
});

/** Opens a wire to a server that says this once somebody is there. */
function hear(data: unknown) {
  io.on('connection', (socket) => socket.emit('events', data));
  const listener = { frame: vi.fn(), excessive: vi.fn(), refused: vi.fn(), closed: vi.fn() };
  // As the connection does, which has had enough.
  listener.excessive.mockImplementation(() => wire?.close());
  wire = openSocketIoWire(url, { token: 't', client: { name: 'n', version: '1' } }, listener);
  return listener;
}

it('hands on a message that is as long as may be', async () => {
  // The name of the event and the brackets are of the message too.
  const text = 'x'.repeat(1_000 - '2["events",""]'.length);
  const listener = hear(text);
  await expect.poll(() => listener.frame).toHaveBeenCalledWith('events', text);
  expect(listener.excessive).not.toHaveBeenCalled();
});

it.each([
  ['longer', 'x'.repeat(1_000)],
  ['not of text', Buffer.from('x')],
])('does not parse one that is %s', async (_what, data) => {
  const parse = vi.spyOn(JSON, 'parse');
  const listener = hear(data);
  await expect.poll(() => listener.excessive).toHaveBeenCalled();
  await expect.poll(() => io.engine.clientsCount).toBe(0);
  expect(listener.frame).not.toHaveBeenCalled();
  expect(parse.mock.calls.filter(([text]) => text.includes('xxx'))).toEqual([]);
});
