import { ParleyError } from '@parley/shared/protocol/errors.ts';

export type TurnLimits = {
  /** Tasks that run at a time. */
  running: number;
  /** The same of one party, so that it cannot take all turns. */
  runningOfOne: number;
  /** Tasks of one party that wait. */
  waitingOfOne: number;
};

const defaults: TurnLimits = { running: 16, runningOfOne: 8, waitingOfOne: 1_000 };

type Party = { running: number; waiting: (() => void)[] };

/**
 * Lets a few tasks run at a time, the parties taking turns. What a task holds while it runs is bounded by this:
 * each history that is read may be megabytes, and a client may ask for a thousand at once.
 */
export class Turns {
  readonly #limits: TurnLimits;
  /** Those with something to do, whose turn is next first. */
  readonly #parties = new Map<string, Party>();
  #running = 0;

  constructor(limits: Partial<TurnLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
  }

  /** Runs the task when it is its turn. Rejects with `rate_limited` when too many of this party wait already. */
  async run<T>(party: string, task: () => Promise<T>): Promise<T> {
    await this.#turnOf(party);
    try {
      return await task();
    } finally {
      this.#done(party);
    }
  }

  #turnOf(name: string): Promise<void> {
    const party = this.#parties.get(name) ?? { running: 0, waiting: [] };
    this.#parties.set(name, party);
    if (this.#mayRun(party)) {
      this.#begin(party);
      return Promise.resolve();
    }
    if (party.waiting.length >= this.#limits.waitingOfOne) {
      const message = 'Too many questions at once. Wait for answers.';
      return Promise.reject(new ParleyError('rate_limited', message, { retryAfterMs: 1_000 }));
    }
    return new Promise((resolve) => party.waiting.push(resolve));
  }

  #mayRun(party: Party): boolean {
    return this.#running < this.#limits.running && party.running < this.#limits.runningOfOne;
  }

  #begin(party: Party): void {
    this.#running += 1;
    party.running += 1;
  }

  #done(name: string): void {
    this.#running -= 1;
    const ended = this.#parties.get(name);
    if (ended) {
      ended.running -= 1;
      if (ended.running === 0 && ended.waiting.length === 0) this.#parties.delete(name);
    }
    for (const [nextName, next] of this.#parties) {
      if (next.waiting.length === 0 || !this.#mayRun(next)) continue;
      const go = next.waiting.shift();
      // To the end of the line.
      this.#parties.delete(nextName);
      this.#parties.set(nextName, next);
      this.#begin(next);
      go?.();
      return;
    }
  }
}
