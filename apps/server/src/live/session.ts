import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import type { Ephemeral, Goodbye, Hello } from '@parley/shared/protocol/frames.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Actor } from '../database/entities/actor.ts';
import { membershipChange } from '../log/stream.ts';
import type { EventFrame } from './event-frame.ts';
import type { PreparedEvent } from './prepared-event.ts';

export type { Actor };

/** What a transport must be able to do: write frames and close. It turns them into its own bytes. */
export interface Outlet {
  hello(hello: Hello): void;
  events(frame: EventFrame): void;
  ephemeral(list: Ephemeral[]): void;
  /** Says goodbye and closes; nothing is written afterwards. */
  goodbye(goodbye: Goodbye): void;
  /** Bytes of events handed over that the network has not taken yet. */
  bufferedBytes(): number;
}

/** Beyond this the consumer is slow: its connection ends, and it resumes by position. */
export const maxBufferedBytes = 4 * 1024 * 1024;
/** Beyond this a consumer gets no typing and presence. */
const maxBufferedBytesForEphemeral = 64 * 1024;
/** Events that may wait while a session catches up. */
export const maxWaitingEvents = 20_000;

/** Whether more waits in the outlet than its network takes. */
export function isSlow({ outlet }: LiveSession): boolean {
  return outlet.bufferedBytes() > maxBufferedBytes;
}

export type SessionState = 'catching_up' | 'live' | 'closed';

/** One connected client, whatever the transport: what it may hear, and how far it has been told. */
export class LiveSession {
  readonly actor: Actor;
  readonly outlet: Outlet;
  readonly channelIds = new Set<Id>();
  /** Conversations left during the catch-up: not another word of them. */
  readonly leftWhileCatchingUp = new Set<Id>();
  isGuest: boolean;
  state: SessionState = 'catching_up';
  /** The client has been told of everything up to here. */
  position = 0;
  lastSentAt = 0;
  #waiting: PreparedEvent[] = [];
  #ephemeral: Ephemeral[] = [];

  constructor(actor: Actor, outlet: Outlet) {
    this.actor = actor;
    this.outlet = outlet;
    this.isGuest = actor.role === 'guest';
  }

  /** Keeps an event for the next frame, unless the client has it already. False: too many wait. */
  enqueue(event: PreparedEvent): boolean {
    if (event.event.position > this.position) this.#waiting.push(event);
    return this.#waiting.length <= maxWaitingEvents;
  }

  /** Takes the events that wait, leaving none. */
  takeWaiting(): PreparedEvent[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  enqueueEphemeral(ephemeral: Ephemeral): void {
    if (this.#ephemeral.length < 200) this.#ephemeral.push(ephemeral);
  }

  /** Remembers, during a catch-up, which conversations the person leaves: later pages must not tell of them. */
  noteMembership(event: Event): void {
    if (event.audience !== `user:${this.actor.userId}`) return;
    const change = membershipChange(event);
    if (!change) return;
    if (change.joined) this.leftWhileCatchingUp.delete(change.channelId);
    else this.leftWhileCatchingUp.add(change.channelId);
  }

  /** Whether the audience is a conversation that was left during the catch-up. */
  hasLeft(audience: Audience): boolean {
    return (
      audience.startsWith('channel:') &&
      this.leftWhileCatchingUp.has(audience.slice('channel:'.length))
    );
  }

  /** Writes a frame that continues from here; an empty one only moves the client's position on. */
  send(frame: EventFrame, now: number): void {
    this.outlet.events(frame);
    this.position = frame.position;
    this.lastSentAt = now;
  }

  /** Writes what waits of typing and presence; drops it when the client cannot keep up. */
  flushEphemeral(): void {
    if (this.#ephemeral.length === 0) return;
    const list = this.#ephemeral;
    this.#ephemeral = [];
    if (this.outlet.bufferedBytes() <= maxBufferedBytesForEphemeral) this.outlet.ephemeral(list);
  }
}
