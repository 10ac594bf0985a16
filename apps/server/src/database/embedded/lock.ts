import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';

import { EmbeddedPostgresError, faultText, systemCode } from './fault.ts';

/** A process that holds a lock. Ids are used again, so the moment of its start goes with it. */
type Holder = { readonly pid: number; readonly startedAt: string };

/**
 * Takes the lock at `path` for this process and gives the function that releases it. A lock whose
 * holder is dead is taken over.
 *
 * @throws EmbeddedPostgresError when a living process holds it.
 */
export function takeLock(path: string): () => void {
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (create(path, mine)) return () => release(path, mine);
    const found = read(path);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && isAlive(holder)) {
      throw new EmbeddedPostgresError(
        `Another Parley (process ${holder.pid}) is using this data folder. Stop it first, or give ` +
          `this one a folder of its own with PARLEY_DATA. (Lock: ${path})`,
      );
    }
    removeStale(path, found);
  }
  throw new EmbeddedPostgresError(`The lock ${path} could not be taken: others keep taking it.`);
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw new EmbeddedPostgresError(
      `Parley cannot write to its data folder (${faultText(error)}). Start it as the user who made ` +
        'that folder, or give it another one with PARLEY_DATA.',
      { cause: error },
    );
  }
}

function release(path: string, content: string): void {
  if (read(path) === content) rmSync(path, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Moves a dead holder's lock away; puts it back when a living one had replaced it meanwhile. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== null && moved !== stale) create(path, moved);
  rmSync(aside, { force: true });
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    if (!('pid' in value) || !('startedAt' in value)) return null;
    const { pid, startedAt } = value;
    return Number.isSafeInteger(pid) && typeof pid === 'number' && typeof startedAt === 'string'
      ? { pid, startedAt }
      : null;
  } catch {
    // A half-written lock belongs to a process that died while it wrote.
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it exists, and belongs to somebody else.
    if (systemCode(error) !== 'EPERM') return false;
  }
  return startOf(holder.pid) === holder.startedAt;
}

/**
 * When a process started, as an opaque text; the same for all where the system does not tell, so
 * that only the id counts there.
 */
function startOf(pid: number): string {
  try {
    if (process.platform === 'linux') return startFromProc(pid);
    if (process.platform === 'win32') return 'unknown';
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    // The process is gone, which no living holder's text equals.
    return '';
  }
}

/** Ticks from boot (field 22 of `/proc/<pid>/stat`, see proc(5)) with the boot's own id. */
function startFromProc(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold spaces: count after it.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}/${ticks}`;
}
