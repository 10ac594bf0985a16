import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { backoffMs } from '../../live/backoff.ts';
import { isTransient } from './transient.ts';

const sendAfterMs = 250;

export type ReadMarksOptions = {
  /** Tells the server of a channel's messages, or of a thread's replies, by its root. */
  send: (id: Id, number: number) => Promise<unknown>;
  onTrouble: (trouble: string, error: unknown) => void;
  random: () => number;
};

type Mark = { number: number; attempt: number; timer: ReturnType<typeof setTimeout> | undefined };

/** How far the person has read, told to the server in a moment, at the highest, and again until it is taken. */
export class ReadMarks {
  readonly #options: ReadMarksOptions;
  readonly #marks = new Map<Id, Mark>();
  #online = false;

  constructor(options: ReadMarksOptions) {
    this.#options = options;
  }

  /** What is on its way to the server; 0 without any. */
  pending(id: Id): number {
    return this.#marks.get(id)?.number ?? 0;
  }

  /** Whether the server has been told of everything. */
  get isEmpty(): boolean {
    return this.#marks.size === 0;
  }

  mark(id: Id, number: number): void {
    const known = this.#marks.get(id);
    if (known) known.number = Math.max(known.number, number);
    else {
      const mark: Mark = { number, attempt: 0, timer: undefined };
      this.#marks.set(id, mark);
      this.#sendAfter(sendAfterMs, id, mark);
    }
  }

  /** The person wants it unread after all. */
  forget(id: Id): void {
    clearTimeout(this.#marks.get(id)?.timer);
    this.#marks.delete(id);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    for (const [id, mark] of this.#marks) {
      clearTimeout(mark.timer);
      mark.attempt = 0;
      if (online) this.#sendAfter(sendAfterMs, id, mark);
    }
  }

  stop(): void {
    for (const id of [...this.#marks.keys()]) this.forget(id);
  }

  #sendAfter(waitMs: number, id: Id, mark: Mark): void {
    if (!this.#online) return;
    clearTimeout(mark.timer);
    mark.timer = setTimeout(() => void this.#send(id, mark), waitMs);
  }

  async #send(id: Id, mark: Mark): Promise<void> {
    const { number } = mark;
    try {
      await this.#options.send(id, number);
    } catch (error) {
      if (error instanceof ParleyError && isTransient(error.code)) {
        const waitMs = (error.retryAfterMs ?? 0) + backoffMs(mark.attempt, this.#options.random);
        mark.attempt += 1;
        if (this.#marks.get(id) === mark) this.#sendAfter(waitMs, id, mark);
        return;
      }
      this.#options.onTrouble('a read mark was not taken', error);
    }
    if (this.#marks.get(id) !== mark) return;
    if (mark.number > number) this.#sendAfter(sendAfterMs, id, mark);
    // With its timer, which a change of the connection may have set meanwhile.
    else this.forget(id);
  }
}
