import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Proxies } from '../transports/proxies.ts';
import { createUpdates } from './updates.ts';

/** More than the buffers of a connection hold. */
const content = randomBytes(16 * 1024 * 1024);
const tag = `"${'ab'.repeat(64)}"`;
let folder: string;
let server: Server;
let address: string;
let opened = 0;
/** What opening a file waits for. */
let gate = Promise.resolve();
let closed = 0;
const logged: { failed?: string }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-updates-'));
  const path = join(folder, 'app.zip');
  await writeFile(path, content);
  const updates = createUpdates({
    proxies: new Proxies([]),
    limits: { take: () => Promise.resolve() },
    findOffer: () => Promise.reject(new Error('a fault of ours')),
    openFile: async () => {
      await gate;
      const handle = await open(path);
      opened += 1;
      const close = handle.close.bind(handle);
      handle.close = async () => {
        await close();
        closed += 1;
      };
      return { handle, size: content.length };
    },
    log: pino(
      { level: 'warn' },
      { write: (line) => logged.push(JSON.parse(line) as { failed?: string }) },
    ),
    maxDownloads: 4,
  });
  server = createAdaptorServer({ fetch: new Hono().route('/updates', updates).fetch }) as Server;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  address = `http://127.0.0.1:${port}/updates/files/${'ab'.repeat(64)}/app.zip`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  opened = 0;
  closed = 0;
  logged.length = 0;
  gate = Promise.resolve();
});

const download = async () => (await (await fetch(address)).arrayBuffer()).byteLength;

it('reads no further than who downloads, and lets go of the file when they go', async () => {
  const requests = Array.from({ length: 3 }, () => get(address));
  for (const sent of requests) {
    sent.on('error', () => undefined);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await once(response, 'readable');
  }
  // In the meantime others get all of it; whoever does not read has the file open still.
  for (let times = 1; times <= 3; times += 1) {
    expect(await download()).toBe(content.length);
    await expect.poll(() => closed).toBe(times);
  }
  expect(opened - closed).toBe(requests.length);
  for (const sent of requests) sent.destroy();
  await expect.poll(() => opened - closed).toBe(0);
});

it('lets go of a file that nobody waits for any more', async () => {
  let openGate: () => void = () => undefined;
  gate = new Promise((resolve) => (openGate = resolve));
  const sent = get(address);
  sent.on('error', () => undefined);
  const [{ socket }] = (await once(server, 'request')) as [IncomingMessage];
  sent.destroy();
  await once(socket, 'close');
  openGate();
  await expect.poll(() => [opened, closed]).toEqual([1, 1]);
});

it('sends only so many at a time, and asks the others to come again', async () => {
  const requests = Array.from({ length: 4 }, () => get(address));
  for (const sent of requests) {
    sent.on('error', () => undefined);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
  }
  const refused = await fetch(address);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('30');
  for (const sent of requests) sent.destroy();
  await expect.poll(() => closed).toBe(requests.length);
  expect(await download()).toBe(content.length);
  await expect.poll(() => opened - closed).toBe(0);
});

it.each([
  ['that is known already', { headers: { 'if-none-match': tag } }, 304],
  ['asked for beyond its end', { headers: { range: 'bytes=99999999-' } }, 416],
  ['of which only the size is asked', { method: 'HEAD' }, 200],
])('lets go of a file %s', async (_, init, status) => {
  expect((await fetch(address, init)).status).toBe(status);
  await expect.poll(() => [opened, closed]).toEqual([1, 1]);
});

const installation = '5f0c2f6e-7d1a-4b1e-9a57-0d2b6e4a9c11';
const ask = (more = '') =>
  fetch(
    new URL(`/updates/stable/linux/x64?version=1.0.0&installation=${installation}${more}`, address),
  );

it('tells whoever reads the log that an app took a version back', async () => {
  await ask();
  expect(logged.filter(({ failed }) => failed !== undefined)).toEqual([]);
  await ask('&failed=1.1.0');
  const told = { level: 40, version: '1.0.0', failed: '1.1.0', platform: 'linux', installation };
  expect(logged).toContainEqual(expect.objectContaining(told));
  expect((await ask('&failed=of%20late')).status).toBe(400);
});

it('tells nobody what went wrong on the server', async () => {
  const response = await ask();
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('a fault of ours');
});
