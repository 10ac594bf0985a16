import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import postgres from 'postgres';

import { chooseAccount } from './embedded/account.ts';
import { findBinaries, type Binaries } from './embedded/binaries.ts';
import { databaseUser, keepPassword, prepareCluster } from './embedded/cluster.ts';
import { EmbeddedPostgresError, systemCode } from './embedded/fault.ts';
import { takeLock } from './embedded/lock.ts';
import { processOptions, run, type Account } from './embedded/run.ts';
import { settingsArguments } from './embedded/settings.ts';

export { EmbeddedPostgresError } from './embedded/fault.ts';

/** The part of a pino logger that the supervisor writes to. */
export type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

export type EmbeddedPostgres = {
  /** Connection string of the database, with its password: not for logs. */
  readonly url: string;
  /** Settles when Postgres ended; with an error when nobody had asked it to. */
  readonly ended: Promise<void>;
  /** Ends all connections, stops Postgres and releases the data folder. May be called again. */
  stop(): Promise<void>;
};

type Options = {
  /** Folder for the cluster, its password and the lock; made when missing. */
  readonly dataDir: string;
  readonly log: Log;
  /** False lets a crash lose data, for tests. */
  readonly durable?: boolean;
};

const startDeadlineMs = 120_000;
const stopDeadlineS = 30;

/**
 * Starts the Postgres that comes with Parley on a free port of the loopback address. It lives in a
 * session of its own, so Ctrl+C in the terminal reaches Parley alone, which then stops it in order;
 * and it stops by itself when this process dies without having done so.
 *
 * @throws EmbeddedPostgresError with a text for the person who started Parley.
 */
export async function startEmbeddedPostgres(options: Options): Promise<EmbeddedPostgres> {
  const { dataDir, log, durable = true } = options;
  makeFolder(dataDir);
  const unlock = takeLock(join(dataDir, 'lock'));
  try {
    const link = join(dataDir, 'cluster');
    const account = await chooseAccount(link);
    const binaries = await findBinaries(account);
    const password = keepPassword(join(dataDir, 'password'), existsSync(link));
    const cluster = await prepareCluster(link, password, binaries, account);
    await stopOrphan(cluster, binaries, account, log);
    const instance = await launch({ cluster, binaries, account, log, durable });
    const url = `postgres://${databaseUser}:${password}@127.0.0.1:${instance.port}/${databaseUser}`;
    const stop = stopper(instance, cluster, binaries, account, unlock);
    await createDatabase(url).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    log.info(
      { cluster, port: instance.port, pid: instance.child.pid },
      'embedded database started',
    );
    return { url, ended: instance.ended, stop };
  } catch (error) {
    unlock();
    throw error;
  }
}

function makeFolder(dataDir: string): void {
  try {
    // Passable for the account that runs the database, listable only for us.
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${dataDir} cannot be made (${systemCode(error)}). Set PARLEY_DATA to a ` +
        'folder that you can write to.',
      { cause: error },
    );
  }
}

/** Stops what an earlier Parley left running; ours is the only claim, for we hold the lock. */
async function stopOrphan(
  cluster: string,
  binaries: Binaries,
  account: Account,
  log: Log,
): Promise<void> {
  if (!existsSync(join(cluster, 'postmaster.pid'))) return;
  if (!(await isRunning(cluster, binaries, account))) return;
  log.warn({ cluster }, 'stopping the database that an earlier Parley left running');
  await stopCluster(cluster, binaries, account);
}

async function isRunning(cluster: string, binaries: Binaries, account: Account): Promise<boolean> {
  return await run(binaries.pgCtl, ['-D', cluster, 'status'], account).then(
    () => true,
    () => false,
  );
}

async function stopCluster(cluster: string, binaries: Binaries, account: Account): Promise<void> {
  const stop = async (mode: string): Promise<unknown> => {
    const args = ['-D', cluster, '-s', '-w', '-t', String(stopDeadlineS), '-m', mode, 'stop'];
    return await run(binaries.pgCtl, args, account, (stopDeadlineS + 5) * 1000);
  };
  try {
    await stop('fast');
  } catch (error) {
    // Gone between two looks is what was wanted; otherwise do not wait for anybody any more.
    if (!(await isRunning(cluster, binaries, account))) return;
    await stop('immediate').catch((second: unknown) => {
      throw new EmbeddedPostgresError(`The database in ${cluster} does not stop.`, {
        cause: new AggregateError([error, second]),
      });
    });
  }
}

type Launch = {
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly log: Log;
  readonly durable: boolean;
};

type Instance = {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<void>;
  /** From here on an end is no fault. */
  expectEnd(): void;
};

async function launch(options: Launch): Promise<Instance> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const lastLines: string[] = [];
    const instance = spawnPostgres(options, port, lastLines);
    const failure = instance.ended.then(
      () => 'it ended',
      (error: unknown) => String(error),
    );
    const outcome = await Promise.race([failure, untilReady(options.cluster, port)]);
    if (outcome === 'ready') return instance;
    const words = lastLines.join('\n');
    if (attempt < 4 && words.includes('could not bind')) continue;
    if (instance.child.exitCode === null) instance.child.stdin?.end();
    throw new EmbeddedPostgresError(`The embedded database does not start: ${outcome}\n${words}`);
  }
}

/**
 * Starts Postgres below a shell that waits on a pipe from this process: when the pipe closes,
 * because we say so or because we died, it tells Postgres to shut down in order (SIGINT). Windows
 * has no such shell; there a database left behind is stopped by the next start.
 */
const keeper = [
  'exec 3<&0 </dev/null',
  '"$@" 3<&- & postgres=$!',
  '{ read -r _ <&3; kill -INT "$postgres"; } 2>/dev/null & watch=$!',
  'wait "$postgres"; code=$?',
  'kill "$watch" 2>/dev/null',
  'exit "$code"',
].join('\n');

function spawnPostgres(options: Launch, port: number, lastLines: string[]): Instance {
  const { binaries, cluster, account, log, durable } = options;
  const command = [binaries.postgres, '-D', cluster, ...settingsArguments(port, durable)];
  const [file, args] =
    process.platform === 'win32'
      ? [binaries.postgres, command.slice(1)]
      : ['/bin/sh', ['-c', keeper, 'sh', ...command]];
  const child = spawn(file, args, {
    ...processOptions(account),
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // The pipe only tells of our life; writing to a shell that is gone must not end the server.
  child.stdin.on('error', () => undefined);
  followLog(child.stderr, log, lastLines);
  let expected = false;
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (expected) resolve();
      else reject(new EmbeddedPostgresError(`Postgres ended with ${String(signal ?? code)}`));
    });
  });
  // Whoever cares awaits `ended`; for the others a failure must not be an unhandled rejection.
  ended.catch(() => undefined);
  return { child, port, ended, expectEnd: () => (expected = true) };
}

function followLog(stream: NodeJS.ReadableStream, log: Log, lastLines: string[]): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-8192);
    for (const line of lines.filter((text) => text.trim() !== '')) {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      const serious = /^(WARNING|ERROR|FATAL|PANIC):/.test(line);
      if (serious) log.warn({ postgres: line }, 'embedded database');
    }
  });
}

async function untilReady(cluster: string, port: number): Promise<'ready' | 'it took too long'> {
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline) {
    if (isReady(cluster, port)) return 'ready';
    await delay(20);
  }
  return 'it took too long';
}

/**
 * Whether `postmaster.pid`, by which Postgres tells `pg_ctl` how far it is, says so: its eighth line
 * is the state, its fourth the port, which a file left by a killed Postgres does not share with ours.
 */
function isReady(cluster: string, port: number): boolean {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return lines[3]?.trim() === String(port) && lines[7]?.trim() === 'ready';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function createDatabase(url: string): Promise<void> {
  const server = new URL(url);
  server.pathname = '/postgres';
  const sql = postgres(server.href, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    const found = await sql`select 1 from pg_database where datname = ${databaseUser}`;
    if (found.length === 0) await sql`create database ${sql(databaseUser)}`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function stopper(
  instance: Instance,
  cluster: string,
  binaries: Binaries,
  account: Account,
  unlock: () => void,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    instance.expectEnd();
    try {
      if (instance.child.exitCode === null && instance.child.signalCode === null) {
        await stopCluster(cluster, binaries, account);
        await instance.ended;
      }
    } finally {
      unlock();
    }
  };
  return () => (stopping ??= stop());
}

/** A port that was free a moment ago: whoever takes it in between makes the start try another. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
