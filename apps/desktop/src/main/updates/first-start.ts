import type { App } from 'electron';
import { Version } from '@parley/shared/updates/version.ts';
import { restartOf } from './in-place.ts';
import { argumentsAgain, startAfterwards } from './restart-script.ts';
import { TrialFile, type Start } from './trial.ts';

export type Begun = { start: Start; trial: TrialFile };

/**
 * The first thing of every start: whether a new version is on trial. Where it has had its chances, the one before is put
 * back and starts as soon as this process has ended, which is at once: then null is returned.
 */
export function beginStart(
  app: Pick<App, 'getPath' | 'getVersion' | 'exit'>,
  onTrouble: (what: string, error: unknown) => void,
): Begun | null {
  const trial = new TrialFile(app.getPath('userData'));
  const file = trial.read()?.file;
  try {
    const start = trial.begin(Version.parse(app.getVersion()));
    if (start.kind === 'rollBack' && file !== undefined) {
      const args = argumentsAgain(process.argv);
      startAfterwards(restartOf({ pid: process.pid, file, args, trial }));
      app.exit(1);
      return null;
    }
    if (start.kind === 'returned') {
      onTrouble('updating', `version ${start.failedVersion} did not start; this one is back`);
    }
    return { start, trial };
  } catch (error) {
    // A disk that is full must not keep the app from starting.
    onTrouble('the trial of a new version could not be kept', error);
    return { start: { kind: 'usual' }, trial };
  }
}
