import { statSync } from 'node:fs';

import { EmbeddedPostgresError, faultText, systemCode } from './fault.ts';
import { run, type Account } from './run.ts';

/** The system account that Postgres conventionally runs as. */
const systemUser = 'postgres';

/**
 * Which account Postgres runs as. An ordinary user runs it himself. Root may not (Postgres refuses
 * to start as root), so there it is the owner of the cluster when one exists, otherwise the system
 * user `postgres`, which is created when missing.
 *
 * @throws EmbeddedPostgresError when the cluster belongs to somebody else, or root cannot get a user.
 */
export async function chooseAccount(cluster: string): Promise<Account> {
  const self = process.getuid?.();
  if (self === undefined) return {};
  const owner = ownerOf(cluster);
  if (self !== 0) {
    if (owner !== null && owner.uid !== self) {
      throw new EmbeddedPostgresError(
        `The database in ${cluster} belongs to the user with id ${owner.uid}, but Parley was started ` +
          `by the user with id ${self}. Start Parley as the user who made it, or hand the folder ` +
          `over: chown -R ${self} ${cluster}`,
      );
    }
    return {};
  }
  if (owner !== null && owner.uid !== 0) return owner;
  return await systemAccount();
}

function ownerOf(path: string): { uid: number; gid: number } | null {
  try {
    const { uid, gid } = statSync(path);
    return { uid, gid };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new EmbeddedPostgresError(`The database folder cannot be read: ${faultText(error)}`, {
      cause: error,
    });
  }
}

async function systemAccount(): Promise<Account> {
  const existing = await lookUp();
  if (existing !== null) return existing;
  try {
    await run('groupadd', ['--system', '--force', systemUser]);
    const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
    await run('useradd', ['--system', '--gid', systemUser, ...home, systemUser]);
  } catch (error) {
    // Another start may have created it at the same moment.
    const created = await lookUp();
    if (created !== null) return created;
    throw new EmbeddedPostgresError(
      `Postgres does not run as root, and the system user "${systemUser}" could not be created ` +
        `(${faultText(error)}). Start Parley as an ordinary user, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const created = await lookUp();
  if (created === null) {
    throw new EmbeddedPostgresError(`The system user "${systemUser}" was not found after useradd.`);
  }
  return created;
}

async function lookUp(): Promise<Account | null> {
  try {
    const uid = Number(await run('id', ['-u', systemUser]));
    const gid = Number(await run('id', ['-g', systemUser]));
    return { uid, gid };
  } catch {
    // `id` fails for an unknown user: that is the answer.
    return null;
  }
}
