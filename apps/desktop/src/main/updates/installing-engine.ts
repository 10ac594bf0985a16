import { BaseUpdater, MacUpdater, NsisUpdater, type AppUpdater } from 'electron-updater';
import type { AppAdapter } from 'electron-updater/out/AppAdapter.js';
import type { Manifest, UpdateFileKind } from '@parley/shared/updates/manifest.ts';
import type { Fetch } from '../server-call.ts';
import { AppImageInPlace, type AppImageOptions } from './app-image.ts';
import { downloadFile } from './download.ts';
import type { Engine } from './engine.ts';
import { FeedProvider, type FeedProviderOptions } from './feed-provider.ts';
import type { Offer } from './feed.ts';
import { UpdateFailure } from './update-failure.ts';

export type InstallingOptions = {
  system:
    | ({ platform: 'linux' } & Omit<AppImageOptions, 'newVersion'>)
    | { platform: 'darwin' | 'win32' };
  adapter: AppAdapter;
  latest: () => Promise<Offer | null>;
  fetch: Fetch;
  installation: string;
  silenceMs: number;
  deadlineMs: number;
  pause: (fruitless: number) => Promise<void>;
  /** From here on a window that closes is not hidden instead. */
  letWindowsClose: () => void;
  onTrouble: (what: string, error: unknown) => void;
};

const kinds = { linux: 'appimage', darwin: 'zip', win32: 'nsis' } as const satisfies Record<
  string,
  UpdateFileKind
>;

type Executed = { sha512: string; cancellationToken: unknown };

/**
 * electron-updater keeps what was downloaded over restarts, checks it and puts it in place, by each system's own means.
 * What it may install comes from Parley's feed; what it asks servers goes over connections of Parley's own, which follow
 * no redirections and read no more than was signed.
 */
export class InstallingEngine implements Engine {
  readonly installs = true;
  readonly #options: InstallingOptions;
  readonly #updater: AppUpdater;
  #underWay: AbortController | null = null;
  #manifest: Manifest | null = null;
  #onProgress: (received: number, total: number) => void = () => undefined;

  constructor(options: InstallingOptions) {
    this.#options = options;
    const { system, adapter } = options;
    this.#updater = this.#createUpdater();
    // It has these two for itself: another way to fetch, and one number for this installation instead of two.
    Object.assign(this.#updater, {
      httpExecutor: { download: this.#download.bind(this) },
      stagingUserIdPromise: { value: Promise.resolve(options.installation) },
    });
    // What it calls an error comes back to whoever asked; to log it here too would say it twice.
    const warn = (what: unknown) => options.onTrouble('updating', what);
    this.#updater.logger = { info: () => undefined, warn, error: () => undefined };
    this.#updater.autoDownload = false;
    this.#updater.disableDifferentialDownload = true;
    this.#updater.disableWebInstaller = true;
    // On Linux a new version is tried while the one before can still come back, which nobody would see to at the end.
    this.#updater.autoInstallOnAppQuit = system.platform !== 'linux';
    const feed: FeedProviderOptions = {
      provider: 'custom',
      updateProvider: FeedProvider,
      latest: async () => {
        const offer = await options.latest();
        this.#manifest = offer?.manifest ?? null;
        return offer;
      },
      runningVersion: adapter.version,
      kind: kinds[system.platform],
    };
    this.#updater.setFeedURL(feed);
  }

  async check(): Promise<Manifest | null> {
    const result = await this.#updater.checkForUpdates();
    return result?.isUpdateAvailable ? this.#manifest : null;
  }

  async download(onProgress: (received: number, total: number) => void): Promise<void> {
    this.#onProgress = onProgress;
    try {
      await this.#updater.downloadUpdate();
    } catch (error) {
      if (error instanceof UpdateFailure) throw error;
      throw new UpdateFailure('not_installed', 'it could not be downloaded', { cause: error });
    }
  }

  install(): void {
    const troubles: unknown[] = [];
    const note = (error: unknown) => troubles.push(error);
    this.#updater.on('error', note);
    try {
      if (this.#updater instanceof BaseUpdater) {
        // Without questions, and the app starts again afterwards.
        if (this.#updater.install(true, true)) this.#options.adapter.quit();
      } else {
        // macOS closes the windows before it tells the app that it ends.
        this.#options.letWindowsClose();
        this.#updater.quitAndInstall();
      }
    } finally {
      this.#updater.off('error', note);
    }
    if (troubles.length === 0) return;
    throw new UpdateFailure('not_installed', 'it could not be put in place', {
      cause: troubles[0],
    });
  }

  stop(): void {
    this.#underWay?.abort();
  }

  #createUpdater(): AppUpdater {
    const { system, adapter } = this.#options;
    switch (system.platform) {
      case 'darwin':
        return new MacUpdater(undefined, adapter);
      case 'win32':
        return new NsisUpdater(null, adapter);
      case 'linux': {
        const newVersion = () => {
          if (!this.#manifest) throw new Error('no version was found');
          return this.#manifest.version;
        };
        return new AppImageInPlace({ ...system, newVersion }, adapter);
      }
    }
  }

  async #download(url: URL, destination: string, { sha512 }: Executed): Promise<string> {
    const { fetch, silenceMs, deadlineMs, pause } = this.#options;
    const hex = Buffer.from(sha512, 'base64').toString('hex');
    const file = this.#manifest?.files.find((each) => each.sha512 === hex);
    if (!file) throw new UpdateFailure('damaged', 'nobody has signed such a file');
    const { size } = file;
    const controller = new AbortController();
    this.#underWay = controller;
    const overdue = setTimeout(() => controller.abort(), deadlineMs);
    try {
      await downloadFile({
        fetch,
        url: url.href,
        destination,
        size,
        sha512,
        onProgress: (received) => this.#onProgress(received, size),
        signal: controller.signal,
        silenceMs,
        pause,
      });
    } finally {
      clearTimeout(overdue);
    }
    return destination;
  }
}
