import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { ReadMarks, type ReadMarksOptions } from './read-marks.ts';

/** Threads that are remembered; of one that was let go, the server is told once more. */
const maxKnown = 500;

/** How far the person has read in threads, as far as this run of the app knows. The server is told of what is new in it. */
export class ThreadReads {
  readonly #marks: ReadMarks;
  /** By root, in the order of their last change. */
  readonly #known = new Map<Id, number>();

  constructor(options: ReadMarksOptions) {
    this.#marks = new ReadMarks(options);
  }

  /** Whether the server has been told of everything. */
  get isEmpty(): boolean {
    return this.#marks.isEmpty;
  }

  /** The replies up to this one have been seen. */
  mark(rootId: Id, threadNumber: number): void {
    if (threadNumber <= (this.#known.get(rootId) ?? 0)) return;
    this.#learn(rootId, threadNumber);
    this.#marks.mark(rootId, threadNumber);
  }

  /** Another device may have read further. */
  follow(event: Event): void {
    if (event.type !== 'read.updated' || !('thread' in event.data)) return;
    const { rootId, readThrough } = event.data.thread;
    if (readThrough > (this.#known.get(rootId) ?? 0)) this.#learn(rootId, readThrough);
  }

  setOnline(online: boolean): void {
    this.#marks.setOnline(online);
  }

  stop(): void {
    this.#marks.stop();
  }

  #learn(rootId: Id, threadNumber: number): void {
    this.#known.delete(rootId);
    this.#known.set(rootId, threadNumber);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > maxKnown) this.#known.delete(oldest);
  }
}
