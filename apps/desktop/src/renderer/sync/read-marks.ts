import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { backoffMs } from '../../live/backoff.ts';
import { isTransient } from './transient.ts';

const sendAfterMs = 250;

export type ReadMarksOptions = {
  send: (channelId: Id, number: number) => Promise<unknown>;
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
  pending(channelId: Id): number {
    return this.#marks.get(channelId)?.number ?? 0;
  }

  /** Whether the server has been told of everything. */
  get isEmpty(): boolean {
    return this.#marks.size === 0;
  }

  mark(channelId: Id, number: number): void {
    const known = this.#marks.get(channelId);
    if (known) known.number = Math.max(known.number, number);
    else {
      const mark: Mark = { number, attempt: 0, timer: undefined };
      this.#marks.set(channelId, mark);
      this.#sendAfter(sendAfterMs, channelId, mark);
    }
  }

  /** The person wants it unread after all. */
  forget(channelId: Id): void {
    clearTimeout(this.#marks.get(channelId)?.timer);
    this.#marks.delete(channelId);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    for (const [channelId, mark] of this.#marks) {
      clearTimeout(mark.timer);
      mark.attempt = 0;
      if (online) this.#sendAfter(sendAfterMs, channelId, mark);
    }
  }

  stop(): void {
    for (const channelId of [...this.#marks.keys()]) this.forget(channelId);
  }

  #sendAfter(waitMs: number, channelId: Id, mark: Mark): void {
    if (!this.#online) return;
    clearTimeout(mark.timer);
    mark.timer = setTimeout(() => void this.#send(channelId, mark), waitMs);
  }

  async #send(channelId: Id, mark: Mark): Promise<void> {
    const { number } = mark;
    try {
      await this.#options.send(channelId, number);
    } catch (error) {
      if (error instanceof ParleyError && isTransient(error.code)) {
        const waitMs = (error.retryAfterMs ?? 0) + backoffMs(mark.attempt, this.#options.random);
        mark.attempt += 1;
        if (this.#marks.get(channelId) === mark) this.#sendAfter(waitMs, channelId, mark);
        return;
      }
      this.#options.onTrouble('a read mark was not taken', error);
    }
    if (this.#marks.get(channelId) !== mark) return;
    if (mark.number > number) this.#sendAfter(sendAfterMs, channelId, mark);
    // With its timer, which a change of the connection may have set meanwhile.
    else this.forget(channelId);
  }
}
