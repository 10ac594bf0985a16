import { chmodSync, copyFileSync, linkSync, renameSync, rmSync } from 'node:fs';
import { AppImageUpdater } from 'electron-updater';
import type { AppAdapter } from 'electron-updater/out/AppAdapter.js';
import { syncToDisk } from './sync-to-disk.ts';
import { startAfterwards, type Restart } from './restart-script.ts';
import type { Trial, TrialFile } from './trial.ts';

/** What starts slower than this, in seconds, is taken for one that never will. */
const patienceSeconds = 60;

export type AppImageOptions = {
  trial: TrialFile;
  /** The file that holds the app. It keeps its name: entries of menus and of the start of the computer point at it. */
  appImage: string;
  runningVersion: Trial['from'];
  /** The version that was downloaded. */
  newVersion: () => Trial['version'];
  pid: number;
  args: readonly string[];
};

/**
 * electron-updater takes the old file away before the new one is there and starts it before the running app has ended.
 * Here the new file takes the place of the old one in one step, and the old one is kept until the new one has shown something.
 */
export class AppImageInPlace extends AppImageUpdater {
  readonly #options: AppImageOptions;

  constructor(options: AppImageOptions, adapter: AppAdapter) {
    super(null, adapter);
    this.#options = options;
  }

  protected override doInstall(): boolean {
    const { installerPath } = this;
    if (installerPath === null) throw new Error('nothing is downloaded');
    const { trial, appImage, runningVersion, newVersion, pid, args } = this.#options;
    const kept = keptBeside(appImage);
    putInPlace(installerPath, trial, {
      version: newVersion(),
      from: runningVersion,
      file: appImage,
      kept,
      starts: 0,
    });
    rmSync(installerPath, { force: true });
    startAfterwards(restartOf({ pid, file: appImage, args, trial }));
    return true;
  }
}

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
