import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nodeArguments } from '../../../apps/server/src/processes/node-arguments.ts';

const root = resolve(import.meta.dirname, '../../..');
let folder: string;
let launched: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-start-'));
  // Passable for the account that Postgres runs as when the tests run as root.
  chmodSync(folder, 0o711);
  launched = [];
});

afterEach(async () => {
  for (const child of launched) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    process.kill(-Number(child.pid), 'SIGTERM');
    await exit;
  }
  await vi.waitFor(
    () => expect(existsSync(join(folder, 'data/postgres/lock'))).toBe(false),
    30_000,
  );
  rmSync(folder, { recursive: true, force: true });
});

type Launch = {
  readonly child: ChildProcess;
  /** The first line with this in it; fails when `npm start` ends without one. */
  line(part: string): Promise<string>;
  readonly url: Promise<string>;
};

/** `npm start`, as a process group of its own, as a terminal would run it. */
function launch(environment: NodeJS.ProcessEnv = {}): Launch {
  const child = spawn('npm', ['start'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PARLEY_DATA: join(folder, 'data'),
      PARLEY_PORT: '0',
      DISPLAY: '',
      WAYLAND_DISPLAY: '',
      ...environment,
    },
  });
  launched.push(child);
  const seen: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => seen.push(text));
  }
  const line = async (part: string): Promise<string> => {
    const find = (): string => {
      const found = seen.find((text) => text.includes(part));
      if (found === undefined) throw new Error(`no "${part}" in:\n${seen.join('\n')}`);
      return found;
    };
    return await vi.waitFor(find, { timeout: 90_000, interval: 20 });
  };
  const url = line('Parley is ready at ').then((text) => text.replace(/^.* at /, ''));
  url.catch(() => undefined);
  return { child, line, url };
}

function postmaster(): number {
  const file = join(folder, 'data/postgres/cluster/postmaster.pid');
  return Number(readFileSync(file, 'utf8').split('\n')[0]);
}

async function untilAllGone(url: string, database: number): Promise<void> {
  await vi.waitFor(
    async () => {
      await expect(fetch(new URL('/healthz', url))).rejects.toThrow();
      expect(() => process.kill(database, 0)).toThrow('ESRCH');
    },
    { timeout: 30_000, interval: 50 },
  );
}

test('Ctrl+C in the terminal stops the server and its database, and that is no error', async () => {
  const { child, line, url } = launch();
  const address = await url;
  expect(await line('Set up your workspace: ')).toContain(`${address}?setup=`);
  expect(await line('There is no display')).toContain(`the web app is at ${address}`);
  expect((await fetch(new URL('/healthz', address))).status).toBe(200);
  const web = await fetch(address);
  expect(await web.text()).toContain('<title>Parley</title>');
  // What keeps the server small.
  const commands = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
  const server = commands
    .split('\n')
    .find((each) => each.endsWith(join(root, 'apps/server/dist/main.js')));
  expect(server).toContain(` ${nodeArguments.join(' ')} `);
  const database = postmaster();
  const exit = once(child, 'exit');
  process.kill(-Number(child.pid), 'SIGINT');
  expect(await exit).toEqual([0, null]);
  await untilAllGone(address, database);
});

test('a second start is ready within five seconds, and SIGTERM to npm alone stops all', async () => {
  const first = launch();
  await first.url;
  const firstExit = once(first.child, 'exit');
  first.child.kill('SIGTERM');
  expect(await firstExit).toEqual([0, null]);

  const start = performance.now();
  const second = launch();
  const address = await second.url;
  expect(performance.now() - start).toBeLessThan(5000);
  const database = postmaster();
  const exit = once(second.child, 'exit');
  second.child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  await untilAllGone(address, database);
});

test('a launcher that is killed leaves neither server nor database behind', async () => {
  const { child, url } = launch();
  const address = await url;
  const database = postmaster();
  process.kill(-Number(child.pid), 'SIGKILL');
  await untilAllGone(address, database);
});

test('npm alone killed: the launcher notices and stops all', async () => {
  const { child, url } = launch();
  const address = await url;
  const database = postmaster();
  child.kill('SIGKILL');
  await untilAllGone(address, database);
});

test('a connection that never asks anything does not delay the stop', async () => {
  const { child, url } = launch();
  const address = new URL(await url);
  const database = postmaster();
  const silent = connect(Number(address.port), address.hostname);
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  const exit = once(child, 'exit');
  const start = performance.now();
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  expect(performance.now() - start).toBeLessThan(5000);
  await untilAllGone(address.href, database);
});

test('a port that is taken is told, and npm start fails', async () => {
  const first = launch();
  const port = new URL(await first.url).port;
  const second = launch({ PARLEY_PORT: port, PARLEY_DATA: join(folder, 'other') });
  const exit = once(second.child, 'exit');
  await second.line(`Port ${port} is taken`);
  expect(await exit).not.toEqual([0, null]);
});

test('a screen that cannot be reached is told in one line; the server goes on', async () => {
  const { line, url } = launch({ DISPLAY: ':987' });
  const address = await url;
  const told = await line('The desktop app cannot start (');
  expect(told).toContain(`the web app is at ${address}`);
  expect((await fetch(new URL('/healthz', address))).status).toBe(200);
});
