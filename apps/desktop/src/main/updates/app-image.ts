import { rmSync } from 'node:fs';
import { AppImageUpdater } from 'electron-updater';
import type { AppAdapter } from 'electron-updater/out/AppAdapter.js';
import { keptBeside, putInPlace, restartOf } from './in-place.ts';
import { startAfterwards } from './restart-script.ts';
import type { Trial, TrialFile } from './trial.ts';

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
