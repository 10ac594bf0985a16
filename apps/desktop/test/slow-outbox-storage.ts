import type { OutboxItem, Storage } from '../src/renderer/sync/storage.ts';

/** How long each work of the storage takes unless a test says otherwise: its works end in their order. */
export const storageTakesMs = 3;

/**
 * An outbox on a disk that takes its time: `durable` is what the next run of the app finds. A handle that was
 * killed does nothing more, whatever it had begun.
 */
export class SlowOutboxStorage implements Pick<
  Storage,
  'loadOutbox' | 'putOutbox' | 'deleteOutbox'
> {
  readonly #durable: Map<string, OutboxItem>;
  #isKilled = false;
  /** The next write fails. */
  isBroken = false;
  takesMs = storageTakesMs;

  constructor(durable: Map<string, OutboxItem>) {
    this.#durable = durable;
  }

  kill(): void {
    this.#isKilled = true;
  }

  loadOutbox(): Promise<OutboxItem[]> {
    // In the order of the keys, as a database gives them: not in that of writing.
    const rows = () => [...this.#durable].sort(([a], [b]) => (a < b ? 1 : -1));
    return this.#later(() => structuredClone(rows().map(([, item]) => item)));
  }

  putOutbox(item: OutboxItem, replaced?: string | null): Promise<void> {
    const copy = structuredClone(item);
    return this.#write(() => {
      if (typeof replaced === 'string') this.#durable.delete(replaced);
      this.#durable.set(copy.nonce, copy);
    });
  }

  deleteOutbox(nonce: string): Promise<void> {
    return this.#write(() => void this.#durable.delete(nonce));
  }

  #write(work: () => void): Promise<void> {
    const fails = this.isBroken;
    this.isBroken = false;
    return this.#later(() => {
      if (fails) throw new Error('the disk is full');
      work();
    });
  }

  #later<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        if (this.#isKilled) return;
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      }, this.takesMs);
    });
  }
}
