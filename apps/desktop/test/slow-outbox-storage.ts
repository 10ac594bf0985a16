import type { Along, OutboxItem, Storage, StoredAttachment } from '../src/renderer/sync/storage.ts';

/** How long each work of the storage takes unless a test says otherwise: its works end in their order. */
export const storageTakesMs = 3;

/** What the next run of the app finds of an attachment. */
export type DurableFile = { attachment: StoredAttachment; blob: Blob | null };

/**
 * An outbox on a disk that takes its time: `durable` is what the next run of the app finds. A handle that was
 * killed does nothing more, whatever it had begun.
 */
export class SlowOutboxStorage implements Pick<
  Storage,
  | 'loadOutbox'
  | 'putOutbox'
  | 'deleteOutbox'
  | 'loadAttachments'
  | 'addAttachments'
  | 'putAttachments'
  | 'deleteAttachments'
  | 'loadBlob'
> {
  readonly #durable: Map<string, OutboxItem>;
  readonly #files: Map<string, DurableFile>;
  #isKilled = false;
  /** The next write fails. */
  isBroken = false;
  takesMs = storageTakesMs;

  constructor(durable: Map<string, OutboxItem>, files = new Map<string, DurableFile>()) {
    this.#durable = durable;
    this.#files = files;
  }

  kill(): void {
    this.#isKilled = true;
  }

  loadOutbox(): Promise<OutboxItem[]> {
    // In the order of the keys, as a database gives them: not in that of writing.
    const rows = () => [...this.#durable].sort(([a], [b]) => (a < b ? 1 : -1));
    return this.#later(() => structuredClone(rows().map(([, item]) => item)));
  }

  putOutbox(item: OutboxItem, replaced?: string | null, along?: Along): Promise<void> {
    const copy = structuredClone(item);
    return this.#write(() => {
      if (typeof replaced === 'string') this.#durable.delete(replaced);
      this.#durable.set(copy.nonce, copy);
      this.#takeAlong(along);
    });
  }

  deleteOutbox(nonce: string, along?: Along): Promise<void> {
    return this.#write(() => {
      this.#durable.delete(nonce);
      this.#takeAlong(along);
    });
  }

  loadAttachments(): Promise<StoredAttachment[]> {
    // With what was read before it, as far as tests of messages look: in no time.
    const rows = [...this.#files.values()].map(({ attachment }) => attachment);
    return Promise.resolve(structuredClone(rows));
  }

  addAttachments(added: readonly { attachment: StoredAttachment; blob: Blob }[]): Promise<void> {
    return this.#write(() => {
      for (const each of added) this.#files.set(each.attachment.id, each);
    });
  }

  putAttachments(attachments: readonly StoredAttachment[]): Promise<void> {
    return this.#write(() => {
      this.#takeAlong({ put: attachments });
    });
  }

  deleteAttachments(ids: readonly string[]): Promise<void> {
    return this.#write(() => {
      this.#takeAlong({ gone: ids });
    });
  }

  loadBlob(id: string): Promise<Blob | null> {
    return this.#later(() => this.#files.get(id)?.blob ?? null);
  }

  #takeAlong({ put = [], gone = [] }: Along = {}): void {
    for (const attachment of put) {
      const blob = this.#files.get(attachment.id)?.blob ?? null;
      this.#files.set(attachment.id, { attachment, blob });
    }
    for (const id of gone) this.#files.delete(id);
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
