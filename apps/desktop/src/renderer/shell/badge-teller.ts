import { untrack } from 'svelte';
import type { CallInput } from '../../bridge/bridge.ts';
import { reportTrouble } from './trouble.ts';

type Badge = CallInput<'badge.set'>;

/** Tells the desktop what to show of all that is unread. Most of what happens changes nothing of it, and is not told. */
export class BadgeTeller {
  readonly #show: (badge: Badge) => Promise<unknown>;
  /** What was told last, as JSON; null: it is not there. */
  #told: string | null = null;

  constructor(show: (badge: Badge) => Promise<unknown>) {
    this.#show = show;
  }

  tell(badge: Badge): void {
    const text = JSON.stringify(badge);
    if (text === this.#told) return;
    this.#told = text;
    untrack(() => {
      this.#show(badge).catch((error: unknown) => {
        this.#told = null;
        reportTrouble('the badge could not be shown', error);
      });
    });
  }
}
