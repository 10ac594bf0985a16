import { toSnapshot } from '@parley/shared/state/state.ts';
import type { Mirror } from '../../live/mirror.ts';
import type { CachedView, Storage } from './storage.ts';
import type { Timelines } from './timelines.ts';

const saveAfterMs = 1_500;
const keptTimelines = 50;
const keptMessages = 100;

export type ViewKeeperOptions = {
  storage: Pick<Storage, 'loadView' | 'saveView'>;
  mirror: Mirror;
  timelines: Timelines;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** Keeps what is on screen for the next run of the app, which paints it before it has heard of the server. */
export class ViewKeeper {
  readonly #options: ViewKeeperOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;

  constructor(options: ViewKeeperOptions) {
    this.#options = options;
  }

  async paint(): Promise<void> {
    const { storage, mirror, timelines, onTrouble } = this.#options;
    try {
      const view = await storage.loadView();
      if (!view) return;
      mirror.restore(view.snapshot);
      for (const { channelId, messages } of view.timelines) {
        timelines.get(channelId, null).restore(messages);
      }
    } catch (error) {
      // The view is disposable: everything comes back from the server.
      onTrouble('the stored view could not be read', error);
    }
  }

  /** Writes what is held, a moment after the first change. */
  saveSoon(): void {
    this.#timer ??= setTimeout(() => void this.save(), saveAfterMs);
  }

  /** Writes what is held now. What is written is all of one moment. */
  async save(): Promise<void> {
    this.cancel();
    if (this.#saving) {
      await this.#saving;
      this.saveSoon();
      return;
    }
    const view = this.#view();
    if (!view) return;
    this.#saving = this.#options.storage.saveView(view).catch((error: unknown) => {
      this.#options.onTrouble('the view could not be stored', error);
    });
    await this.#saving;
    this.#saving = null;
  }

  /** Writes for the last time. */
  async finish(): Promise<void> {
    await this.#saving;
    await this.save();
    this.cancel();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #view(): CachedView | null {
    const { mirror, timelines } = this.#options;
    // Without a place to go on from it would be no use.
    if (!mirror.state || mirror.snapshotDue) return null;
    return {
      snapshot: toSnapshot(mirror.state),
      timelines: timelines.latest(keptTimelines, keptMessages),
    };
  }
}
