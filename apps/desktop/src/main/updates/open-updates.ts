import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from 'electron';
import { UpdateArch, UpdatePlatform } from '@parley/shared/updates/manifest.ts';
import type { Installed } from '@parley/shared/updates/verify.ts';
import type { SignalData } from '../../bridge/bridge.ts';
import type { Policy, Settings } from '../../bridge/settings.ts';
import type { SignalName } from '../../bridge/names.ts';
import type { Answers } from '../bridge-host.ts';
import type { Attention } from '../power.ts';
import type { Fetch } from '../server-call.ts';
import type { Begun } from './first-start.ts';
import { EngineOnDemand, TellingEngine, type Engine } from './engine.ts';
import { askFeed, type Offer } from './feed.ts';
import type { InstallingOptions } from './installing-engine.ts';
import { canWrite, mayReplaceItself } from './installed-how.ts';
import { argumentsAgain } from './restart-script.ts';
import { readTrustedKeys } from './trusted-keys.ts';
import { UpdateMemory, type UpdateStore } from './update-memory.ts';
import { Updates } from './updates.ts';

const askDeadlineMs = 15_000;
const downloadDeadlineMs = 2 * 60 * 60_000;
const silenceMs = 30_000;
/** The page has five seconds to send what waits; it says so when it is done. */
const flushWithinMs = 6_000;

export type OpenUpdatesOptions = {
  app: Pick<App, 'getVersion' | 'getPath' | 'isPackaged' | 'whenReady' | 'relaunch' | 'once'>;
  /** The file that holds the app, where it is an AppImage. */
  appImage: string | null;
  /** Of the main bundle: the keys lie beside it. */
  bundle: string;
  begun: Begun;
  store: UpdateStore;
  policy: Policy;
  settings: () => Settings;
  fetch: Fetch;
  attention: Pick<Attention, 'state'>;
  signal: <N extends SignalName>(name: N, data: SignalData<N>) => void;
  quit: () => void;
  /** From here on a window that closes is not hidden instead. */
  letWindowsClose: () => void;
  onTrouble: (what: string, error: unknown) => void;
};

export type UpdateAnswers = Pick<
  Answers,
  'app.rendered' | 'update.state' | 'update.check' | 'update.restart' | 'update.flushed'
>;

/** Updates of this app on this computer. */
export function openUpdates(options: OpenUpdatesOptions): {
  updates: Updates;
  answers: UpdateAnswers;
  /** This start is one that nobody asked for. */
  startsHidden: boolean;
} {
  const { begun, policy, settings, signal, onTrouble } = options;
  const memory = new UpdateMemory(options.store);
  if (begun.start.kind === 'returned') memory.keepFailed(begun.start.failedVersion);
  const channel = () => policy.updateChannel ?? settings().updateChannel;
  const installed = (): Installed => {
    const followed = channel();
    return {
      channel: followed === 'off' ? 'stable' : followed,
      platform: UpdatePlatform.parse(process.platform),
      arch: UpdateArch.parse(process.arch),
      version: options.app.getVersion(),
    };
  };
  const trustedKeys = readTrustedKeys(join(options.bundle, 'update-keys.json'), onTrouble);
  const latest = () =>
    askFeed({
      fetch: options.fetch,
      // One company has one server; where a person is on several, it is that of their first workspace.
      server: () => policy.server ?? settings().accounts[0]?.server ?? null,
      installed,
      installation: memory.installation,
      failedVersion: memory.failedVersion,
      trustedKeys,
      deadlineMs: askDeadlineMs,
    });
  let flushed: () => void = () => undefined;
  const updates = new Updates({
    engine: createEngine(options, memory, latest),
    runningVersion: options.app.getVersion(),
    channel,
    failedVersion: memory.failedVersion,
    hasReturned: begun.start.kind === 'returned',
    isQuiet: () => {
      const { visible, idle, locked } = options.attention.state();
      return !visible && (idle || locked);
    },
    flush: () =>
      new Promise((resolve) => {
        const overdue = setTimeout(resolve, flushWithinMs);
        flushed = () => {
          clearTimeout(overdue);
          resolve();
        };
        signal('update.flush', {});
      }),
    startHidden: (hidden) => memory.startHidden(hidden),
    onChange: (state) => signal('update.changed', state),
    onTrouble,
    now: Date.now,
    random: Math.random,
  });
  return {
    updates,
    startsHidden: memory.takeStartHidden(),
    answers: {
      'app.rendered': () => {
        begun.trial.end();
        return {};
      },
      'update.state': () => updates.state,
      'update.check': () => updates.check(),
      'update.restart': async () => {
        await updates.restart({ hidden: false });
        return {};
      },
      'update.flushed': () => {
        flushed();
        return {};
      },
    },
  };
}

function createEngine(
  options: OpenUpdatesOptions,
  memory: UpdateMemory,
  latest: () => Promise<Offer | null>,
): Engine {
  const { app, appImage, begun, quit, onTrouble } = options;
  const { platform, execPath: executable, pid, argv } = process;
  const { isPackaged } = app;
  if (!mayReplaceItself({ platform, isPackaged, appImage, executable, canWrite })) {
    return new TellingEngine(latest);
  }
  const userData = app.getPath('userData');
  const version = app.getVersion();
  const installing: InstallingOptions = {
    system:
      platform === 'darwin' || platform === 'win32'
        ? { platform }
        : {
            platform: 'linux',
            trial: begun.trial,
            appImage: appImage ?? executable,
            runningVersion: version,
            pid,
            args: argumentsAgain(argv),
          },
    adapter: {
      version,
      name: 'Parley',
      isPackaged,
      appUpdateConfigPath: join(process.resourcesPath, 'app-update.yml'),
      userDataPath: userData,
      // Each profile downloads for itself: what one takes away the other does not miss.
      baseCachePath: userData,
      whenReady: () => app.whenReady(),
      relaunch: () => {
        app.relaunch();
      },
      quit,
      onQuit: (handler) => {
        app.once('quit', (_event, code) => handler(code));
      },
    },
    latest,
    fetch: options.fetch,
    installation: memory.installation,
    silenceMs,
    deadlineMs: downloadDeadlineMs,
    pause: async (fruitless) => {
      await delay(1_000 * (1 + fruitless * 4) * (0.5 + Math.random()));
    },
    letWindowsClose: options.letWindowsClose,
    onTrouble,
  };
  return new EngineOnDemand(async () => {
    const { InstallingEngine } = await import('./installing-engine.ts');
    return new InstallingEngine(installing);
  });
}
