import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { limitBodies } from './request-deadlines.ts';

const withinMs = 300;
let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listening(): Promise<number> {
  server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.once('end', () => outgoing.end('done'));
  });
  limitBodies(server, ({ url }) => url === '/files', withinMs);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Sends a request whose body comes byte by byte; resolves to what came back until it was over. */
async function trickle(path: string, bytes: number): Promise<string> {
  const socket = connect(await listening(), '127.0.0.1');
  let answer = '';
  const over = new AbortController();
  socket.on('data', (data) => (answer += data.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => {
    over.abort();
  });
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n`,
  );
  for (let sent = 0; sent < bytes && !over.signal.aborted; sent += 1) {
    socket.write('x');
    await delay(50);
  }
  await closed;
  return answer;
}

it('cuts a request whose body takes too long, though bytes come', async () => {
  expect(await trickle('/commands', 40)).toBe('');
});

it('lets a part of a file take its time', async () => {
  expect(await trickle('/files', 12)).toMatch(/^HTTP\/1.1 200 OK.*done/s);
});

it('lets a body that came in time wait for its answer', async () => {
  const port = await listening();
  const answer = await fetch(`http://127.0.0.1:${port}/commands`, {
    method: 'POST',
    body: 'all here',
  });
  expect(await answer.text()).toBe('done');
});
