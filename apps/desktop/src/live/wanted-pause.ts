import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { backoffMs } from './backoff.ts';

export type WantedPauseOptions = {
  /** Tells the server. Rejects with a ParleyError. */
  set: (until: string | null) => Promise<unknown>;
  onChange: () => void;
  random: () => number;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** A pause of notifications, or its end, that was chosen here, until the server knows of it. */
export class WantedPause {
  readonly #options: WantedPauseOptions;
  #wanted: { until: string | null } | null = null;
  #isSending = false;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WantedPauseOptions) {
    this.#options = options;
  }

  /** What the server does not know yet; null: nothing. */
  get wanted(): { readonly until: string | null } | null {
    return this.#wanted;
  }

  /** From now on this is wanted, and nothing that was before. */
  want(until: string | null): void {
    this.#wanted = { until };
    this.#attempts = 0;
    this.#options.onChange();
    void this.send();
  }

  /** Tells the server, as often as it takes. To be called at once when it can be reached again. */
  async send(): Promise<void> {
    if (this.#isSending) return;
    clearTimeout(this.#timer);
    this.#isSending = true;
    const { set, onChange, random, onTrouble } = this.#options;
    try {
      for (let wanted = this.#wanted; wanted; wanted = this.#wanted) {
        await set(wanted.until);
        if (this.#wanted === wanted) this.#wanted = null;
      }
    } catch (error) {
      if (!this.#wanted) return;
      if (error instanceof ParleyError && error.code === 'unavailable') {
        this.#timer = setTimeout(() => void this.send(), backoffMs(this.#attempts, random));
        this.#attempts += 1;
      } else {
        this.#wanted = null;
        onTrouble('a pause could not be set', error);
      }
    } finally {
      this.#isSending = false;
      onChange();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wanted = null;
  }
}
