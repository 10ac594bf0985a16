import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';

function messageOf(event: Event): Message | null {
  switch (event.type) {
    case 'message.posted':
    case 'message.edited':
    case 'message.deleted':
      return event.data.message;
    case 'thread.updated':
      return 'root' in event.data ? event.data.root : null;
    default:
      return null;
  }
}

function withoutNonce(event: Event): Event {
  const strip = ({ nonce: _, ...rest }: Message): Message => rest;
  switch (event.type) {
    case 'message.posted':
      return { ...event, data: { message: strip(event.data.message) } };
    case 'message.edited':
    case 'message.deleted':
      return { ...event, data: { ...event.data, message: strip(event.data.message) } };
    case 'thread.updated':
      return 'root' in event.data ? { ...event, data: { root: strip(event.data.root) } } : event;
    default:
      return event;
  }
}

/** The event as this reader may see it: a message's nonce is its author's alone. */
export function eventForReader(event: Event, readerId: Id): Event {
  const message = messageOf(event);
  return message === null || message.authorId === readerId ? event : withoutNonce(event);
}

export type Version = { event: Event; json: string };

/** An event that is serialised at most once for its author and once for all others, however many receive it. */
export class PreparedEvent {
  readonly event: Event;
  readonly #authorId: Id | null;
  #forAuthor: Version | undefined;
  #forOthers: Version | undefined;

  constructor(event: Event) {
    this.event = event;
    this.#authorId = messageOf(event)?.authorId ?? null;
  }

  /** About how many characters it takes when it is sent. */
  get size(): number {
    const { event } = this;
    const written = event.type === 'draft.updated' ? event.data.draft : messageOf(event);
    return 1_000 + (written?.text.length ?? 0);
  }

  /** Whether it tells of a message by this reader. */
  isBy(readerId: Id): boolean {
    return this.#authorId !== null && this.#authorId === readerId;
  }

  /** What this reader gets. */
  for(readerId: Id): Version {
    if (this.isBy(readerId)) {
      return (this.#forAuthor ??= version(this.event));
    }
    return (this.#forOthers ??= version(
      this.#authorId === null ? this.event : withoutNonce(this.event),
    ));
  }
}

function version(event: Event): Version {
  return { event, json: JSON.stringify(event) };
}
