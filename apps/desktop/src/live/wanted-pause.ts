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
    const { set, onChange, onTrouble } = this.#options;
    for (let wanted = this.#wanted; wanted; wanted = this.#wanted) {
      try {
        await set(wanted.until);
      } catch (error) {
        if (error instanceof ParleyError && error.code === 'unavailable') {
          this.#tryAgain();
          break;
        }
        onTrouble('a pause could not be set', error);
      }
      if (this.#wanted === wanted) this.#wanted = null;
    }
    this.#isSending = false;
    onChange();
  }

  #tryAgain(): void {
    if (!this.#wanted) return;
    this.#timer = setTimeout(
      () => void this.send(),
      backoffMs(this.#attempts, this.#options.random),
    );
    this.#attempts += 1;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wanted = null;
  }
}
