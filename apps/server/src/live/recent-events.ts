import type { Event } from '@parley/shared/protocol/events.ts';
import type { EventSource, Range } from '../log/event-source.ts';
import { PreparedEvent } from './prepared-event.ts';

/** About so many characters of events are kept. */
const maxCharacters = 8 * 1024 * 1024;

/**
 * The end of the log, as this node has handed it out, with what has been serialised of it. Most clients that
 * come back missed only the last minutes: they are served from here, together, without a question to the
 * database.
 */
export class RecentEvents {
  /** Without a hole; the first is at `#first`. */
  #events: PreparedEvent[] = [];
  #first = 1;
  #characters = 0;

  /** Keeps the next event of the log; after a hole it begins anew. */
  add(prepared: PreparedEvent): void {
    const { position } = prepared.event;
    if (position !== this.#first + this.#events.length) {
      this.#events = [];
      this.#first = position;
      this.#characters = 0;
    }
    this.#events.push(prepared);
    this.#characters += prepared.size;
    if (this.#characters > maxCharacters) this.#dropOldest();
  }

  /** Forgets everything: the log is another one now. */
  clear(): void {
    this.#events = [];
    this.#characters = 0;
  }

  /** What happened in this range, or null when not all of it is remembered. */
  within({ after, through }: Range): RecentRange | null {
    const end = this.#first + this.#events.length;
    if (this.#events.length === 0 || after < this.#first - 1 || through >= end) return null;
    return new RecentRange(
      this.#events.slice(after + 1 - this.#first, through + 1 - this.#first),
      after + 1,
    );
  }

  /** A tenth at a time, so that dropping is rare. */
  #dropOldest(): void {
    const count = Math.ceil(this.#events.length / 10);
    for (const { size } of this.#events.splice(0, count)) this.#characters -= size;
    this.#first += count;
  }
}

/** A part of what is remembered; stays as it is while a client is told of it. */
class RecentRange implements EventSource {
  readonly #events: readonly PreparedEvent[];
  readonly #first: number;

  constructor(events: readonly PreparedEvent[], first: number) {
    this.#events = events;
    this.#first = first;
  }

  ofTypes: EventSource['ofTypes'] = (audience, types, range) => {
    const wanted = new Set<string>(types);
    const events = this.#within(range).map(({ event }) => event);
    return Promise.resolve(
      events.filter((event) => event.audience === audience && wanted.has(event.type)),
    );
  };

  forAudiences: EventSource['forAudiences'] = (audiences, range, limit) => {
    const found: Event[] = [];
    for (const { event } of this.#within(range)) {
      if (!audiences.has(event.audience)) continue;
      found.push(event);
      if (found.length === limit) break;
    }
    return Promise.resolve(found);
  };

  /** The event with what was serialised of it. */
  prepared(event: Event): PreparedEvent {
    const known = this.#events[event.position - this.#first];
    return known?.event === event ? known : new PreparedEvent(event);
  }

  #within({ after, through }: Range): readonly PreparedEvent[] {
    return this.#events.slice(after + 1 - this.#first, through + 1 - this.#first);
  }
}
