import type { Id } from '@parley/shared/protocol/ids.ts';
import type { PreparedEvent, Version } from './prepared-event.ts';

/**
 * What a session is sent at once. Sessions that are to get the same share one, and with it the bytes that a
 * transport has made of it.
 */
export class EventFrame {
  readonly after: number;
  readonly position: number;
  readonly events: readonly Version[];
  readonly #encoded = new Map<(frame: EventFrame) => unknown, unknown>();

  constructor(after: number, position: number, events: readonly Version[]) {
    this.after = after;
    this.position = position;
    this.events = events;
  }

  /** The frame as JSON, joined from events that were serialised once for everybody. */
  get json(): string {
    let list = '';
    for (const { json } of this.events) list += list === '' ? json : `,${json}`;
    return `{"after":${this.after},"position":${this.position},"events":[${list}]}`;
  }

  /** What the encoder makes of this frame; made at the first call for all who share it. */
  encoded<T>(encode: (frame: EventFrame) => T): T {
    const known = this.#encoded.get(encode);
    // Only this very function has put it there.
    if (known !== undefined) return known as T;
    const made = encode(this);
    this.#encoded.set(encode, made);
    return made;
  }
}

type Made = { events: PreparedEvent[]; frame: EventFrame };

/** Makes the frames of one flush, one for all sessions that stand at the same place and get the same events. */
export class FrameMaker {
  readonly #position: number;
  readonly #made = new Map<string, Made[]>();

  constructor(position: number) {
    this.#position = position;
  }

  frame(readerId: Id, after: number, events: PreparedEvent[]): EventFrame {
    // Authors see their nonces, so what they get is theirs alone.
    if (events.some((event) => event.isBy(readerId))) return this.#make(readerId, after, events);
    const key = `${after} ${events.length} ${events.at(-1)?.event.position ?? ''}`;
    const alike = this.#made.get(key);
    const same = alike?.find((made) => isSame(made.events, events));
    if (same) return same.frame;
    const frame = this.#make(readerId, after, events);
    if (alike) alike.push({ events, frame });
    else this.#made.set(key, [{ events, frame }]);
    return frame;
  }

  #make(readerId: Id, after: number, events: PreparedEvent[]): EventFrame {
    return new EventFrame(
      after,
      this.#position,
      events.map((event) => event.for(readerId)),
    );
  }
}

function isSame(a: PreparedEvent[], b: PreparedEvent[]): boolean {
  return a.length === b.length && a.every((event, index) => event === b[index]);
}
