import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError, faultText, systemCode } from './fault.ts';
import { run, type Account } from './run.ts';

/** The database's superuser and the name of the database itself. */
export const databaseUser = 'parley';

/** Where clusters go whose data folder the database's account cannot reach. */
const sharedData = '/var/lib/parley';

/**
 * Makes sure that the cluster exists, belongs to `account` and fits these binaries; gives its real
 * path. A cluster appears under its name only when it is complete, so a start that was killed
 * half-way leaves nothing that looks like a database.
 */
export async function prepareCluster(
  cluster: string,
  password: string,
  binaries: Binaries,
  account: Account,
): Promise<string> {
  if (!existsSync(cluster)) await createCluster(cluster, password, binaries, account);
  const real = realpathSync(cluster);
  await checkVersion(real, binaries, account);
  checkMode(real);
  return real;
}

/** The superuser's password, made at the first call and kept in a file that only we can read. */
export function keepPassword(path: string, clusterExists: boolean): string {
  try {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept !== '') return kept;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      throw new EmbeddedPostgresError(
        `The database's password cannot be read (${faultText(error)}). Start Parley as the user ` +
          'who made the data folder.',
        { cause: error },
      );
    }
  }
  if (clusterExists) {
    throw new EmbeddedPostgresError(
      `The database's password is missing: ${path}. Restore that file from your backup.`,
    );
  }
  const password = randomBytes(32).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

async function createCluster(
  cluster: string,
  password: string,
  binaries: Binaries,
  account: Account,
): Promise<void> {
  // A symbolic link to a folder that is gone: somebody deleted the data on purpose.
  if (lstatSync(cluster, { throwIfNoEntry: false }) !== undefined) rmSync(cluster);
  const home = await reachableFolder(dirname(cluster), account);
  const partial = join(home, 'cluster.partial');
  const passwordFile = join(home, 'cluster.password');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  hand(account, partial, passwordFile);
  try {
    await run(
      binaries.initdb,
      [
        ...['-D', partial, '-U', databaseUser, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
        // Postgres' own Unicode rules: the same order and case on every system, whatever its libc.
        ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        '--no-instructions',
      ],
      account,
      120_000,
    );
    renameSync(partial, join(home, 'cluster'));
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
  if (home !== dirname(cluster)) symlinkSync(join(home, 'cluster'), cluster);
}

/** `folder` itself, or a new one under `/var/lib` when the account cannot enter it. */
async function reachableFolder(folder: string, account: Account): Promise<string> {
  if (account.uid === undefined || (await canEnter(realpathSync(folder), account))) return folder;
  mkdirSync(sharedData, { recursive: true, mode: 0o711 });
  const home = mkdtempSync(join(sharedData, 'database-'));
  chmodSync(home, 0o711);
  if (await canEnter(home, account)) return home;
  throw new EmbeddedPostgresError(
    `The user with id ${account.uid}, who runs the database, can enter neither ${folder} nor ` +
      `${home}. Set PARLEY_DATA to a folder that it can enter.`,
  );
}

async function canEnter(folder: string, account: Account): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], account, 10_000);
    return true;
  } catch {
    // The shell's refusal is the answer.
    return false;
  }
}

function hand({ uid, gid }: Account, ...paths: string[]): void {
  if (uid === undefined || gid === undefined) return;
  for (const path of paths) chownSync(path, uid, gid);
}

async function checkVersion(cluster: string, binaries: Binaries, account: Account): Promise<void> {
  let made: string;
  try {
    made = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(`${cluster} holds no database: ${faultText(error)}`, {
      cause: error,
    });
  }
  const runs = /\d+/.exec(await run(binaries.postgres, ['--version'], account))?.[0];
  if (runs !== made) {
    throw new EmbeddedPostgresError(
      `The database in ${cluster} was made by Postgres ${made}; this Parley brings Postgres ` +
        `${String(runs)}. Export with the Parley that made it, then import here.`,
    );
  }
}

/** Postgres refuses a folder that others can look into; say so before it does, with the remedy. */
function checkMode(cluster: string): void {
  if (process.platform === 'win32') return;
  const mode = statSync(cluster).mode & 0o777;
  if ((mode & 0o027) === 0) return;
  throw new EmbeddedPostgresError(
    `The database folder ${cluster} is open to others (permissions ${mode.toString(8)}), and ` +
      `Postgres refuses to use it. Close it first: chmod 700 ${cluster}`,
  );
}
