import type { UpdateChannel } from '@parley/shared/updates/manifest.ts';
import { mustUpdate } from '@parley/shared/updates/verify.ts';
import type { Version } from '@parley/shared/updates/version.ts';
import { noUpdate, type UpdateState } from '../../bridge/updates.ts';
import type { Engine } from './engine.ts';
import { UpdateFailure } from './update-failure.ts';

/** All of a company would ask at nine in the morning: each waits for somewhere between the two. */
const waits = {
  afterStart: [30_000, 3 * 60_000],
  usual: [3 * 60 * 60_000, 5 * 60 * 60_000],
  afterFailure: [10 * 60_000, 30 * 60_000],
} as const satisfies Record<string, readonly [fromMs: number, toMs: number]>;
const lookForQuietEveryMs = 15_000;
/** Progress is told of so often. */
const tellEveryMs = 250;

export type UpdatesOptions = {
  engine: Engine;
  runningVersion: Version;
  channel: () => UpdateChannel | 'off';
  /** A version that was tried and did not start: it is not taken again. */
  failedVersion: Version | null;
  /** That has just happened. */
  hasReturned: boolean;
  /** Nobody is here, and nothing would vanish from before their eyes. */
  isQuiet: () => boolean;
  /** Lets go what waits to be sent. Resolves in seconds, come what may. */
  flush: () => Promise<void>;
  /** Whether the next start shows a window: after a restart that nobody asked for it does not. */
  startHidden: (hidden: boolean) => void;
  onChange: (state: UpdateState) => void;
  onTrouble: (what: string, error: unknown) => void;
  now: () => number;
  random: () => number;
};

/** Looks for newer versions, fetches them in the background, and restarts into them when it suits. */
export class Updates {
  readonly #options: UpdatesOptions;
  #state: UpdateState;
  #checking: Promise<void> | null = null;
  #next: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setInterval> | undefined;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    const { failedVersion, hasReturned } = options;
    this.#state = { ...noUpdate, failedVersion, hasReturned };
  }

  get state(): UpdateState {
    return this.#isOff ? { ...this.#state, status: 'off' } : this.#state;
  }

  /** From here on it looks by itself, where it may. */
  start(): void {
    if (!this.#isOff) this.#plan('afterStart');
  }

  stop(): void {
    clearTimeout(this.#next);
    clearInterval(this.#quiet);
    this.#options.engine.stop();
  }

  /** Asks now. What is downloaded, or being so, is not asked about again. Resolves with what there is then. */
  async check(): Promise<UpdateState> {
    if (!this.#isOff && this.#mayAsk) {
      this.#checking ??= this.#check().finally(() => (this.#checking = null));
      await this.#checking;
    }
    return this.state;
  }

  /** Another channel was chosen. */
  channelChanged(): void {
    void this.check();
  }

  /** Puts in place what is ready, and starts anew. Rejects with an UpdateFailure. */
  async restart({ hidden }: { hidden: boolean }): Promise<void> {
    if (this.#state.status !== 'ready') return;
    const { flush, startHidden, engine } = this.#options;
    clearInterval(this.#quiet);
    this.#set({ status: 'restarting' });
    await flush();
    startHidden(hidden);
    try {
      engine.install();
    } catch (error) {
      startHidden(false);
      this.#fail(error);
      throw error;
    }
  }

  get #isOff(): boolean {
    return this.#options.channel() === 'off';
  }

  get #mayAsk(): boolean {
    const { status } = this.#state;
    return status === 'idle' || status === 'available' || status === 'checking';
  }

  async #check(): Promise<void> {
    const { engine, now, runningVersion } = this.#options;
    this.#set({ status: 'checking', failure: null });
    try {
      const manifest = await engine.check();
      const checkedAt = new Date(now()).toISOString();
      if (!manifest || manifest.version === this.#state.failedVersion) {
        this.#set({ status: 'idle', offer: null, checkedAt });
        this.#plan('usual');
        return;
      }
      const { version, notes, releasedAt } = manifest;
      const isRequired = mustUpdate(manifest, runningVersion);
      const status = engine.installs ? 'downloading' : 'available';
      this.#set({ status, offer: { version, notes, releasedAt, isRequired }, checkedAt });
      if (engine.installs) void this.#download();
      else this.#plan('usual');
    } catch (error) {
      this.#fail(error);
    }
  }

  async #download(): Promise<void> {
    let progress: UpdateState['progress'] = null;
    const telling = setInterval(() => {
      if (progress !== this.#state.progress) this.#set({ progress });
    }, tellEveryMs);
    try {
      await this.#options.engine.download((received, total) => (progress = { received, total }));
      this.#set({ status: 'ready', progress: null });
      this.#quiet = setInterval(() => this.#lookForQuiet(), lookForQuietEveryMs);
    } catch (error) {
      this.#fail(error);
    } finally {
      clearInterval(telling);
    }
  }

  #lookForQuiet(): void {
    if (!this.#options.isQuiet()) return;
    this.restart({ hidden: true }).catch((error: unknown) => {
      this.#options.onTrouble('the app could not be restarted into its new version', error);
    });
  }

  #fail(error: unknown): void {
    const failure = error instanceof UpdateFailure ? error.code : 'not_installed';
    // Without a server there is nothing to worry anybody about.
    if (failure !== 'no_server') this.#options.onTrouble('there is no update', error);
    this.#set({ status: 'idle', offer: null, progress: null, failure });
    this.#plan('afterFailure');
  }

  #plan(kind: keyof typeof waits): void {
    clearTimeout(this.#next);
    const [fromMs, toMs] = waits[kind];
    const waitMs = fromMs + this.#options.random() * (toMs - fromMs);
    this.#next = setTimeout(() => void this.check(), waitMs);
  }

  #set(change: Partial<UpdateState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onChange(this.state);
  }
}
