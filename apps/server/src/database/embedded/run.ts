import { execFile } from 'node:child_process';

import { EmbeddedPostgresError } from './fault.ts';

/** The system account that owns the cluster's files and runs Postgres; empty for "as ourselves". */
export type Account = { readonly uid?: number; readonly gid?: number };

/**
 * How Postgres' programs are started: away from our folder, which the account may not be able to
 * enter, and without our environment, whose PG* and LC_* variables would change what they do.
 * Windows' programs do not start without parts of the environment, so they inherit it.
 */
export function processOptions(account: Account): {
  uid?: number;
  gid?: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  windowsHide: true;
} {
  if (process.platform === 'win32') return { windowsHide: true };
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', TZ: 'UTC', LC_ALL: 'C' };
  return { ...account, cwd: '/', env, windowsHide: true };
}

/**
 * Runs one program to its end and gives what it printed. Fails with the program's own words when
 * it exits with another code than 0, or takes longer than `timeoutMs`.
 */
export async function run(
  file: string,
  args: readonly string[],
  account: Account = {},
  timeoutMs = 60_000,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const options = { ...processOptions(account), timeout: timeoutMs, maxBuffer: 1024 * 1024 };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const words = stderr.trim() || stdout.trim() || error.message;
      reject(new EmbeddedPostgresError(`${file} failed: ${words}`, { cause: error }));
    });
  });
}
