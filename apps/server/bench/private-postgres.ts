/** A Postgres of the bench's own: fresh data folder, fsync on, otherwise its default settings. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { chooseAccount } from '../src/database/embedded/account.ts';
import { startPinned, takePort, waitForPort, type Started } from './processes.ts';

const debianFolder = '/usr/lib/postgresql';

export type PrivatePostgres = {
  readonly port: number;
  pids(): number[];
  url(database: string): string;
  /** Drops what is there under this name and makes it anew. */
  makeDatabase(name: string): Promise<void>;
  /** Runs statements and gives the rows of the last one. */
  run(database: string, statements: string): Promise<Record<string, unknown>[]>;
  /** What a query that selects one number finds. */
  number(database: string, query: string): Promise<number>;
  stop(): Promise<void>;
};

/** Folder of the programs of the newest Postgres from Debian, or null. */
export function findPrograms(): string | null {
  if (!existsSync(debianFolder)) return null;
  const folders = readdirSync(debianFolder)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianFolder, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'postgres'))) ?? null;
}

/** Starts it in the scratch folder, which the account that runs it must be able to reach. */
export async function startPrivatePostgres(scratch: string): Promise<PrivatePostgres> {
  const programs = findPrograms();
  if (programs === null) throw new Error(`there is no Postgres in ${debianFolder}`);
  const dataDir = join(scratch, 'postgres');
  const logFile = join(scratch, 'postgres.log');
  const { uid, gid } = await chooseAccount(dataDir);
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(logFile, '');
  if (uid !== undefined && gid !== undefined) {
    chownSync(dataDir, uid, gid);
    chownSync(logFile, uid, gid);
  }
  const initial = ['-D', dataDir, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8'];
  execFileSync(join(programs, 'initdb'), [...initial, '--locale=C.UTF-8'], {
    cwd: '/',
    stdio: 'ignore',
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  const port = await takePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'fsync=on',
    'synchronous_commit=on',
    'max_connections=100',
  ];
  const started = startPinned(
    'postgres',
    join(programs, 'postgres'),
    ['-D', dataDir, '-p', String(port), '-k', dataDir, ...settings.flatMap((each) => ['-c', each])],
    { logFile, workingFolder: '/', uid, gid, endSignal: 'SIGINT' },
  );
  await waitForPort(port, started);
  const database = opened(started, port);
  await answering(database);
  return database;
}

function opened(started: Started, port: number): PrivatePostgres {
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const run = async (database: string, statements: string) => {
    const sql = postgres(url(database), { max: 1, onnotice: () => undefined });
    try {
      const result: unknown = await sql.unsafe(statements).simple();
      // Several statements give a list of results.
      const last: unknown =
        Array.isArray(result) && Array.isArray(result.at(-1)) ? result.at(-1) : result;
      return last as Record<string, unknown>[];
    } finally {
      await sql.end({ timeout: 5 });
    }
  };
  return {
    port,
    pids: () => (started.isRunning() ? [started.pid] : []),
    url,
    run,
    async makeDatabase(name) {
      await run('postgres', `drop database if exists ${name} with (force)`);
      await run('postgres', `create database ${name}`);
    },
    async number(database, query) {
      const [row] = await run(database, query);
      return Number(Object.values(row ?? {})[0]);
    },
    stop: () => started.stop('SIGINT'),
  };
}

async function answering(database: PrivatePostgres): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await database.run('postgres', 'select 1');
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
}
