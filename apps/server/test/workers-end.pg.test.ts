import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isRunning, workersOf } from './child-processes.ts';
import { startServerProcess } from './server-process.ts';

/** However a server of several processes ends, nothing of it is left. */

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-workers-'));
  // Passable for the account that Postgres runs as when the tests run as root.
  await chmod(dataDir, 0o711);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const start = () =>
  startServerProcess({ PARLEY_DATA: dataDir, PARLEY_PORT: '0', PARLEY_WORKERS: '2' });

/** Until neither a worker nor the database is left; rejects when they stay. */
async function untilNothingIsLeft(workers: number[]): Promise<void> {
  const latest = Date.now() + 20_000;
  const isLeft = async () =>
    workers.some((pid) => isAlive(pid)) || (await isRunning(join(dataDir, 'postgres')));
  while (await isLeft()) {
    if (Date.now() > latest) throw new Error('something of the server is left');
  }
}

it('by SIGTERM is orderly: code 0, and no worker or database is left', async () => {
  const server = await start();
  const workers = await workersOf(server.pid);
  expect(workers.length).toBe(2);
  expect(server.lines.filter((line) => line.startsWith('Parley is ready at')).length).toBe(1);
  expect(await isRunning(join(dataDir, 'postgres'))).toBe(true);
  expect(await server.stop()).toBe(0);
  expect(workers.some(isAlive)).toBe(false);
  expect(await isRunning(join(dataDir, 'postgres'))).toBe(false);
  expect(server.complaints).toEqual([]);
}, 60_000);

it('by kill -9 of the primary leaves no worker and no database either', async () => {
  const server = await start();
  const workers = await workersOf(server.pid);
  await server.kill();
  await untilNothingIsLeft(workers);
}, 60_000);

it('replaces a worker that hangs, and serves on', async () => {
  const server = await start();
  const [hanging, other] = await workersOf(server.pid);
  if (hanging === undefined || other === undefined) throw new Error('there are not two workers');
  process.kill(hanging, 'SIGSTOP');
  const latest = Date.now() + 45_000;
  while (isAlive(hanging)) {
    if (Date.now() > latest) throw new Error('the worker that hangs is left as it is');
    await delay(200);
  }
  const both = async () => (await workersOf(server.pid)).length === 2;
  while (!(await both())) {
    if (Date.now() > latest) throw new Error('the worker that hung was not replaced');
    await delay(200);
  }
  expect(await workersOf(server.pid)).toContain(other);
  expect(await server.stop()).toBe(0);
}, 90_000);

it('comes with its reason when the port is taken', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const port = String((holder.address() as AddressInfo).port);
  const starting = startServerProcess({
    PARLEY_DATA: dataDir,
    PARLEY_PORT: port,
    PARLEY_WORKERS: '2',
  });
  const error: unknown = await starting.catch((reason: unknown) => reason);
  holder.close();
  expect(String(error)).toContain(`ended with 1: Port ${port} is taken.`);
}, 60_000);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
