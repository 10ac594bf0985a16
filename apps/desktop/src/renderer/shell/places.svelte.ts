import type { DetailsTab } from '../features/channels/details-tab.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';

/** A place in a conversation or a thread, by a message's number there; a new object for each time. */
export type Target = { number: number };

export type Panel =
  | { kind: 'thread'; channelId: Id; rootId: Id; target: Target | null }
  | { kind: 'details'; tab: DetailsTab }
  /** A new object each time that the person asks for it. */
  | { kind: 'search' };

const kept = 50;

/** Where the person is, where they came from, and what is open beside it. */
export class Places {
  channelId = $state<Id | null>(null);
  panel = $state.raw<Panel | null>(null);
  /** The message to lead to. */
  target = $state.raw<Target | null>(null);
  /** With one column only: whether the list of conversations is what it shows. */
  listShown = $state(false);
  #back = $state.raw<readonly Id[]>([]);
  #forward = $state.raw<readonly Id[]>([]);
  /** Latest first, each once. */
  recent = $state.raw<readonly Id[]>([]);

  get canGoBack(): boolean {
    return this.#back.length > 0;
  }

  get canGoForward(): boolean {
    return this.#forward.length > 0;
  }

  open(channelId: Id, target: Target | null = null): void {
    if (this.channelId !== null && this.channelId !== channelId) {
      this.#back = [...this.#back, this.channelId].slice(-kept);
      this.#forward = [];
    }
    this.#show(channelId, target);
  }

  back(): void {
    const before = this.#back.at(-1);
    if (before === undefined || this.channelId === null) return;
    this.#back = this.#back.slice(0, -1);
    this.#forward = [...this.#forward, this.channelId];
    this.#show(before, null);
  }

  forward(): void {
    const next = this.#forward.at(-1);
    if (next === undefined || this.channelId === null) return;
    this.#forward = this.#forward.slice(0, -1);
    this.#back = [...this.#back, this.channelId];
    this.#show(next, null);
  }

  /** The conversation is gone: there is nothing to go back to. */
  leave(channelId: Id): void {
    this.#back = this.#back.filter((each) => each !== channelId);
    this.#forward = this.#forward.filter((each) => each !== channelId);
    this.recent = this.recent.filter((each) => each !== channelId);
    if (this.channelId !== channelId) return;
    this.channelId = this.#back.at(-1) ?? null;
    this.#back = this.#back.slice(0, -1);
    if (this.panel?.kind !== 'search') this.panel = null;
    this.target = null;
  }

  #show(channelId: Id, target: Target | null): void {
    if (channelId !== this.channelId && this.panel?.kind === 'thread') this.panel = null;
    this.channelId = channelId;
    this.target = target;
    this.listShown = false;
    this.recent = [channelId, ...this.recent.filter((each) => each !== channelId)].slice(0, kept);
  }
}
