import { chmodSync, copyFileSync, linkSync, renameSync, rmSync } from 'node:fs';
import type { Restart } from './restart-script.ts';
import { syncToDisk } from './sync-to-disk.ts';
import type { Trial, TrialFile } from './trial.ts';

/** What starts slower than this, in seconds, is taken for one that never will. */
const patienceSeconds = 60;

/** Where the file of the version before is kept. */
export function keptBeside(appImage: string): string {
  return `${appImage}.previous`;
}

export function restartOf(options: {
  pid: number;
  file: string;
  args: readonly string[];
  trial: TrialFile;
}): Restart {
  const { trial, ...rest } = options;
  return { ...rest, kept: keptBeside(rest.file), trialPath: trial.path, patienceSeconds };
}

/** Puts the new file where the old one is, which is kept. At every moment there is a whole file to start. */
export function putInPlace(newFile: string, trialFile: TrialFile, trial: Trial): void {
  const next = `${trial.file}.next`;
  try {
    // The download may lie on another disk, from where nothing can be moved in one step.
    copyFileSync(newFile, next);
    chmodSync(next, 0o755);
    syncToDisk(next);
    rmSync(trial.kept, { force: true });
    keep(trial);
    // Before the file itself: whatever starts from there on is on trial.
    trialFile.write(trial);
    renameSync(next, trial.file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function keep({ file, kept }: Trial): void {
  try {
    linkSync(file, kept);
  } catch {
    // Not every file system has links.
    copyFileSync(file, kept);
  }
}
