import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Event, EventDataOf, EventType } from '@parley/shared/protocol/events.ts';
import { noMentions, type Message } from '@parley/shared/protocol/message.ts';
import { aMessage, anEvent, idOf } from '../../../packages/shared/test/entities.ts';

/** Into the channel, into the thread of its first message, or into both. */
export type Into = 'channel' | 'thread' | 'both';

const pageSize = 50;

/** One channel on a server, with a thread on its first message: its history, and the events that it told. */
export class ModelChannel {
  readonly channelId = idOf(0x100);
  readonly rootId = idOf(0x1001);
  readonly told: Event[] = [];
  /** Never changed in place: what a page took stays as it was. */
  #messages: Message[] = [];
  #changes = 0;

  constructor(messages: number) {
    for (let n = 0; n < messages; n += 1) this.post('channel');
    this.told.length = 0;
  }

  /** The messages of the channel or of the thread, as they are now. */
  line(threadRootId: string | null): Message[] {
    return this.#messages.filter((message) => this.#numberIn(threadRootId, message) !== null);
  }

  /** Null when there is no thread yet that it could go into. */
  post(into: Into): Message | null {
    const root = this.#messages[0];
    if (into !== 'channel' && !root) return null;
    const next = (line: Message[]) => line.length + 1;
    const message = aMessage({
      id: idOf(0x1001 + this.#messages.length),
      channelId: this.channelId,
      number: into === 'thread' ? null : next(this.line(null)),
      threadRootId: into === 'channel' ? null : this.rootId,
      threadNumber: into === 'channel' ? null : next(this.line(this.rootId)),
    });
    this.#messages.push(message);
    this.#tell('message.posted', { message });
    if (into !== 'channel') {
      const replied = this.#change(0, (first) => ({ replyCount: first.replyCount + 1 }));
      if (replied) this.#tell('thread.updated', { root: replied });
    }
    return message;
  }

  edit(pick: number): void {
    const message = this.#change(pick, () => ({ text: `edit ${this.#changes}` }));
    if (message) this.#tell('message.edited', { message, before: { mentions: noMentions } });
  }

  remove(pick: number): void {
    const deletedAt = '2026-03-02T10:00:00.000Z';
    const message = this.#change(pick, () => ({ text: '', reactions: [], deletedAt }));
    if (message) this.#tell('message.deleted', { message, before: { mentions: noMentions } });
  }

  react(pick: number): void {
    const userId = idOf(2);
    const message = this.#change(pick, ({ reactions }) => ({
      reactions: reactions.length > 0 ? [] : [{ emoji: '👍', count: 1, userIds: [userId] }],
    }));
    if (!message) return;
    const { id: messageId, reactions } = message;
    const type = reactions.length > 0 ? 'reaction.added' : 'reaction.removed';
    this.#tell(type, { channelId: this.channelId, messageId, userId, emoji: '👍', reactions });
  }

  /** As the server reads it. */
  history(input: CommandInput<'message.history'>): CommandOutput<'message.history'> {
    const { threadRootId = null, before, after, around, limit = pageSize } = input;
    const line = this.line(threadRootId);
    // Numbers have no holes: the message with number n is at n - 1.
    let start = Math.max(0, line.length - limit);
    let end = line.length;
    if (after !== undefined) {
      start = Math.min(after, line.length);
      end = start + limit;
    } else if (before !== undefined) {
      end = Math.min(before - 1, line.length);
      start = Math.max(0, end - limit);
    } else if (around !== undefined) {
      const wanted = Math.max(0, around - 1 - Math.floor(limit / 2));
      start = Math.min(wanted, start);
      end = start + limit;
    }
    const messages = line.slice(start, end);
    return {
      messages,
      hasMoreBefore: start > 0,
      hasMoreAfter: start + messages.length < line.length,
    };
  }

  #numberIn(threadRootId: string | null, message: Message): number | null {
    return threadRootId === null ? message.number : message.threadNumber;
  }

  #change(pick: number, change: (message: Message) => Partial<Message>): Message | null {
    const index = pick % Math.max(1, this.#messages.length);
    const before = this.#messages[index];
    if (!before) return null;
    this.#changes += 1;
    const after = { ...before, ...change(before) };
    this.#messages = this.#messages.with(index, after);
    return after;
  }

  #tell<T extends EventType>(type: T, data: EventDataOf<T>): void {
    // Type and data belong together by the signature, which a union of objects cannot say.
    this.told.push(anEvent(type, data, this.told.length + 1) as Event);
  }
}
