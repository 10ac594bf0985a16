import type { Manifest } from '@parley/shared/updates/manifest.ts';
import type { Offer } from './feed.ts';
import { UpdateFailure } from './update-failure.ts';

/** What gets a newer version onto this computer. */
export interface Engine {
  /** Whether it does; otherwise it only tells that there is one. */
  readonly installs: boolean;
  /** A version that is newer and may be installed; null: there is none. Rejects with an UpdateFailure. */
  check(): Promise<Manifest | null>;
  /** Fetches what `check` has found. Rejects with an UpdateFailure. */
  download(onProgress: (received: number, total: number) => void): Promise<void>;
  /** Puts it in place and ends the app, which starts anew. Throws an UpdateFailure when it cannot be. */
  install(): void;
  stop(): void;
}

/** Where a package manager or an administrator has installed the app, they bring the newer one too. */
export class TellingEngine implements Engine {
  readonly installs = false;
  readonly #latest: () => Promise<Offer | null>;

  constructor(latest: () => Promise<Offer | null>) {
    this.#latest = latest;
  }

  async check(): Promise<Manifest | null> {
    return (await this.#latest())?.manifest ?? null;
  }

  download(): Promise<void> {
    return Promise.reject(new UpdateFailure('not_installed', 'this app is not ours to replace'));
  }

  install(): void {
    throw new UpdateFailure('not_installed', 'this app is not ours to replace');
  }

  stop(): void {
    // There is nothing under way.
  }
}

/** An engine that installs. It is loaded, with the much that it needs, once it is asked: no start waits for it. */
export class EngineOnDemand implements Engine {
  readonly installs = true;
  readonly #load: () => Promise<Engine>;
  #engine: Engine | null = null;
  #loading: Promise<Engine> | null = null;
  #stopped = false;

  constructor(load: () => Promise<Engine>) {
    this.#load = load;
  }

  async check(): Promise<Manifest | null> {
    return (await this.#loaded()).check();
  }

  async download(onProgress: (received: number, total: number) => void): Promise<void> {
    await (await this.#loaded()).download(onProgress);
  }

  install(): void {
    if (!this.#engine) throw new UpdateFailure('not_installed', 'nothing was downloaded');
    this.#engine.install();
  }

  stop(): void {
    this.#stopped = true;
    this.#engine?.stop();
  }

  #loaded(): Promise<Engine> {
    this.#loading ??= this.#load().then(
      (engine) => {
        this.#engine = engine;
        if (this.#stopped) engine.stop();
        return engine;
      },
      (error: unknown) => {
        // The next check tries again: what was in the way may have passed.
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }
}
