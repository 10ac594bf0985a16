import type { Logger } from 'pino';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Database } from '../database/client.ts';
import { readHead, type Head } from '../log/head.ts';
import { readLog } from '../log/event-source.ts';
import type { JitteredTimers } from './jittered-timers.ts';

const pageSize = 500;
const pollMs = 1_000;

export type LogFollowerOptions = {
  db: Database;
  log: Logger;
  timers: JitteredTimers;
  /** Told of every event once, in order, without a hole. */
  deliver: (events: Event[]) => void;
  /** The log was restored from a backup: what was told so far is of another life. */
  newLife: () => void;
};

/**
 * Follows the log to its end. Hints say that there is something new; what a hint does not carry is read from
 * the log, and a look at the head once a second finds what a lost hint did not say.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  #position = 0;
  #epoch = '';
  #reading: Promise<void> | null = null;
  #readAgain = false;
  #closed = false;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  /** Everything up to here has been delivered. */
  get position(): number {
    return this.#position;
  }

  /** Takes its place at the end of the log. */
  async start(): Promise<void> {
    this.#stand(await readHead(this.#options.db));
    this.#options.timers.repeat(pollMs, () => {
      this.#poll();
    });
  }

  close(): void {
    this.#closed = true;
  }

  /** There are events up to `position`; these, or some of them, or none, come with the hint. */
  hint(position: number, events: Event[]): void {
    const [first] = events;
    if (first && !this.#reading && first.position === this.#position + 1) this.#deliver(events);
    else if (position > this.#position) this.#readMissing();
  }

  #stand(head: Head): void {
    this.#position = head.position;
    this.#epoch = head.epoch;
  }

  #poll(): void {
    readHead(this.#options.db).then(
      (head) => {
        if (this.#closed) return;
        if (head.epoch !== this.#epoch) {
          this.#stand(head);
          this.#options.newLife();
        } else if (head.position > this.#position) this.#readMissing();
      },
      (error: unknown) => {
        this.#options.log.warn({ err: error }, 'the head of the log could not be read');
      },
    );
  }

  #readMissing(): void {
    this.#readAgain = true;
    this.#reading ??= this.#readOn();
  }

  async #readOn(): Promise<void> {
    while (this.#readAgain && !this.#closed) {
      this.#readAgain = false;
      try {
        const range = { after: this.#position, through: Number.MAX_SAFE_INTEGER };
        const events = await readLog(this.#options.db, range, pageSize);
        if (events.length > 0) this.#deliver(events);
        if (events.length === pageSize) this.#readAgain = true;
      } catch (error) {
        // The poll comes by again within a second or so.
        this.#options.log.warn({ err: error }, 'the log could not be read');
      }
    }
    // In the same turn as the last look: a hint that comes from now on begins anew.
    this.#reading = null;
  }

  #deliver(events: Event[]): void {
    const fresh = events.filter(({ position }) => position > this.#position);
    const last = fresh.at(-1);
    if (!last || this.#closed) return;
    this.#position = last.position;
    this.#options.deliver(fresh);
  }
}
