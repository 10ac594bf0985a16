import type { Membership } from '@parley/shared/protocol/channel.ts';
import type { Message } from '@parley/shared/protocol/message.ts';

/**
 * Where the red line is, and what has been read. The line is where the person stopped reading; it stays while
 * they read on, and goes when they answer, press Escape or leave.
 */
export class Reading {
  /** The number after which messages are new; null without a line. */
  newAfter = $state<number | null>(null);
  /** The line has been on screen, so that there is no need to lead there. */
  lineSeen = $state(false);
  /** The person wants it unread: nothing is marked read until they come back. */
  #held = false;

  constructor(membership: Membership | undefined) {
    if (membership && membership.unreadCount > 0) this.newAfter = membership.readThrough;
  }

  /** A message of somebody else came in while its place was not looked at. */
  missed(message: Message): void {
    if (this.newAfter !== null || message.number === null) return;
    this.newAfter = message.number - 1;
    this.lineSeen = true;
  }

  clear(): void {
    this.newAfter = null;
    this.#held = false;
  }

  markUnread(number: number): void {
    this.newAfter = number - 1;
    this.lineSeen = true;
    this.#held = true;
  }

  get marksRead(): boolean {
    return !this.#held;
  }
}
