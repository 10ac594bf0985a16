import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';

const sayAfterMs = 300;
/** The server's own bound. */
const maxWatched = 500;

export type PresenceWatchOptions = {
  watch: (userIds: Id[]) => Promise<CommandOutput<'presence.watch'>>;
  onPresences: (presences: CommandOutput<'presence.watch'>['presences']) => void;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** Whose presence the server tells: of those whom somebody on screen watches, and of nobody else. */
export class PresenceWatch {
  readonly #options: PresenceWatchOptions;
  readonly #watchers = new Set<readonly Id[]>();
  #said = '';
  #online = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PresenceWatchOptions) {
    this.#options = options;
  }

  /** Returns what ends the watching. */
  add(userIds: readonly Id[]): () => void {
    const watcher = [...userIds];
    this.#watchers.add(watcher);
    this.#sayLater();
    return () => {
      if (this.#watchers.delete(watcher)) this.#sayLater();
    };
  }

  setOnline(online: boolean): void {
    this.#online = online;
    // A connection knows nothing of what was said on the one before.
    this.#said = '';
    if (online) this.#sayLater();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#watchers.clear();
    this.#online = false;
  }

  /** What is on screen changes in bursts: it is said once they are over. */
  #sayLater(): void {
    clearTimeout(this.#timer);
    if (this.#online) this.#timer = setTimeout(() => void this.#say(), sayAfterMs);
  }

  async #say(): Promise<void> {
    const userIds = [...new Set([...this.#watchers].flat())].sort().slice(0, maxWatched);
    const wanted = userIds.join();
    if (wanted === this.#said || !this.#online) return;
    this.#said = wanted;
    try {
      const { presences } = await this.#options.watch(userIds);
      if (this.#said === wanted) this.#options.onPresences(presences);
    } catch (error) {
      if (this.#said === wanted) this.#said = '';
      this.#options.onTrouble('presence could not be asked for', error);
    }
  }
}
