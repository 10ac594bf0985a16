import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Version } from '@parley/shared/updates/version.ts';
import { syncToDisk } from './sync-to-disk.ts';

/** A version that does not get to its first render so often is replaced by the one before. */
export const maxStarts = 2;

/** A new version that was put in place and has not shown anything yet. */
export const Trial = z.strictObject({
  version: Version,
  /** The version before it. */
  from: Version,
  /** The file that people start. */
  file: z.string().min(1),
  /** Where the version before it is kept meanwhile. */
  kept: z.string().min(1),
  /** So often the new version was started. */
  starts: z.int().min(0),
});
export type Trial = z.infer<typeof Trial>;

export type Start =
  /** Nothing is on trial; or it never came to be, or something else was installed over it. */
  | { kind: 'usual' }
  /** The new version has this start to prove itself. */
  | { kind: 'trial'; starts: number }
  /** It had its chances. */
  | { kind: 'rollBack' }
  /** It had, and this is the version before it again. */
  | { kind: 'returned'; failedVersion: Version };

/** What a start is. `isKept`: whether the version before still lies aside. */
export function judgeStart(trial: Trial | null, running: Version, isKept: boolean): Start {
  if (!trial) return { kind: 'usual' };
  if (trial.version !== running) {
    const isBack = trial.from === running && !isKept;
    return isBack ? { kind: 'returned', failedVersion: trial.version } : { kind: 'usual' };
  }
  if (trial.starts < maxStarts) return { kind: 'trial', starts: trial.starts + 1 };
  // Without the one before there is nothing to go back to.
  return isKept ? { kind: 'rollBack' } : { kind: 'usual' };
}

/** The trial of one profile on disk. The file is there as long as the new version has shown nothing. */
export class TrialFile {
  readonly path: string;

  constructor(userData: string) {
    this.path = join(userData, 'update-trial.json');
  }

  read(): Trial | null {
    try {
      return Trial.safeParse(JSON.parse(readFileSync(this.path, 'utf8'))).data ?? null;
    } catch {
      // None, or one that broke off while it was written: before that, nothing was put in place.
      return null;
    }
  }

  write(trial: Trial): void {
    const next = `${this.path}.next`;
    writeFileSync(next, JSON.stringify(trial));
    syncToDisk(next);
    renameSync(next, this.path);
  }

  /** Judges this start and keeps count of it. Call it once, before anything that could fail. */
  begin(running: Version): Start {
    const trial = this.read();
    const start = judgeStart(trial, running, trial !== null && existsSync(trial.kept));
    switch (start.kind) {
      case 'trial':
        if (trial) this.write({ ...trial, starts: start.starts });
        break;
      case 'rollBack':
        if (trial) renameSync(trial.kept, trial.file);
        break;
      case 'usual':
      case 'returned':
        this.end();
    }
    return start;
  }

  /** The version has proved itself, or there is nothing to try: the one before is not needed any more. */
  end(): void {
    const trial = this.read();
    rmSync(this.path, { force: true });
    if (trial) rmSync(trial.kept, { force: true });
  }
}
