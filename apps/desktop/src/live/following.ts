import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { ThreadInterest } from '@parley/shared/notifications/decide.ts';
import type { State } from '@parley/shared/state/state.ts';

/** Of more threads than these nothing is kept in mind; they are asked about again. */
const maxKnown = 2_000;

export type FollowingOptions = {
  state: () => State | null;
  ask: (rootId: Id) => Promise<CommandOutput<'message.get'>>;
  /** Of what is read and changed, where somebody shows it. */
  topic: { read: () => void; changed: () => void };
  onTrouble: (trouble: string, error: unknown) => void;
};

/**
 * What the person has to do with threads. Their choices are in the state; whether they have part in a thread the server
 * is asked once, and after that it follows from events.
 */
export class Following {
  readonly #options: FollowingOptions;
  readonly #parts = new Map<Id, boolean>();
  readonly #asking = new Map<Id, Promise<void>>();

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** What is known of the thread that the message began or is in; null when the server has to be asked. */
  interest(message: Message): ThreadInterest | null {
    this.#options.topic.read();
    const rootId = message.threadRootId ?? message.id;
    const state = this.#options.state();
    const choice = state?.threads.get(rootId)?.following ?? null;
    if (choice !== null) return choice ? 'followed' : 'unfollowed';
    const isPart = isBy(message, state?.me.id) || message.replyUserIds.includes(state?.me.id ?? '');
    const known = isPart || this.#parts.get(rootId);
    return known === undefined ? null : known ? 'part' : 'none';
  }

  /** The same, once it is known; none where it cannot be had. */
  async learn(message: Message): Promise<ThreadInterest> {
    if (this.interest(message) === null) await this.#askOnce(message.threadRootId ?? message.id);
    return this.interest(message) ?? 'none';
  }

  follow(event: Event): void {
    if (event.type !== 'message.posted' && event.type !== 'message.edited') return;
    const { message } = event.data;
    const meId = this.#options.state()?.me.id;
    if (isBy(message, meId)) this.#keep(message.threadRootId ?? message.id, true);
  }

  /** Events were missed: what one had no part in may be another thing now. */
  reset(): void {
    this.#parts.clear();
    this.#options.topic.changed();
  }

  #askOnce(rootId: Id): Promise<void> {
    const asking = this.#asking.get(rootId) ?? this.#ask(rootId);
    this.#asking.set(rootId, asking);
    return asking;
  }

  async #ask(rootId: Id): Promise<void> {
    try {
      const { following } = await this.#options.ask(rootId);
      // An event may have told meanwhile.
      if (!this.#parts.get(rootId)) this.#keep(rootId, following);
    } catch (error) {
      this.#options.onTrouble('it is not known whether a thread is followed', error);
    } finally {
      this.#asking.delete(rootId);
    }
  }

  #keep(rootId: Id, isPart: boolean): void {
    const [oldest] = this.#parts.keys();
    if (this.#parts.size >= maxKnown && oldest !== undefined) this.#parts.delete(oldest);
    this.#parts.set(rootId, isPart);
    this.#options.topic.changed();
  }
}

/** Whether the message alone gives the person part in its thread. */
function isBy({ authorId, mentions }: Message, meId: Id | undefined): boolean {
  return meId !== undefined && (authorId === meId || mentions.userIds.includes(meId));
}
