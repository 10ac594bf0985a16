import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { backoffMs } from '../../live/backoff.ts';
import { uploadGone, type UploadRequest } from './file-upload.ts';
import { isTransient } from './transient.ts';

/** More of an account at a time would only share the same line. */
const maxAtOnce = 2;

/** What is to be uploaded, as far as it matters here. */
export type Uploadable = { id: Id; name: string; mediaType: string; uploadId: Id | null };

export type UploadsOptions = {
  /** Those that wait, the most urgent first. */
  waiting: () => readonly Uploadable[];
  loadBlob: (id: Id) => Promise<Blob | null>;
  upload: (request: UploadRequest) => Promise<File>;
  onStarted: (id: Id) => void;
  /** The server knows of it by this id, or of nothing any more. */
  onBegun: (id: Id, uploadId: Id | null) => void;
  onProgress: (id: Id, sentBytes: number) => void;
  onDone: (id: Id, file: File) => void;
  /** `null`: it waits for another attempt. */
  onFailed: (id: Id, failure: ParleyError | null) => void;
  random: () => number;
};

/** Which files are carried to the server when: two at a time, again after what may pass, none without a connection. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #running = new Map<Id, AbortController>();
  /** Those that wait for their next attempt. */
  readonly #delays = new Map<Id, ReturnType<typeof setTimeout>>();
  readonly #attempts = new Map<Id, number>();
  #online = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  setOnline(online: boolean): void {
    if (this.#online === online) return;
    this.#online = online;
    this.#attempts.clear();
    for (const id of this.#delays.keys()) this.#undelay(id);
    if (online) this.pump();
    else for (const controller of this.#running.values()) controller.abort();
  }

  stop(): void {
    this.setOnline(false);
  }

  /** It is wanted no more. */
  cancel(id: Id): void {
    this.#undelay(id);
    this.#attempts.delete(id);
    this.#running.get(id)?.abort();
  }

  /** Begins what there is room for. */
  pump(): void {
    if (!this.#online) return;
    for (const next of this.#options.waiting()) {
      if (this.#running.size >= maxAtOnce) return;
      if (!this.#running.has(next.id) && !this.#delays.has(next.id)) void this.#run(next);
    }
  }

  async #run(next: Uploadable): Promise<void> {
    const { id } = next;
    const controller = new AbortController();
    this.#running.set(id, controller);
    this.#options.onStarted(id);
    let waitMs: number | null = null;
    try {
      const file = await this.#carry(next, controller.signal);
      this.#attempts.delete(id);
      if (!controller.signal.aborted) this.#options.onDone(id, file);
    } catch (error) {
      if (controller.signal.aborted) this.#options.onFailed(id, null);
      else waitMs = this.#failed(id, asFailure(error));
    }
    this.#running.delete(id);
    if (waitMs !== null && this.#online) this.#delay(id, waitMs);
    this.pump();
  }

  async #carry(next: Uploadable, signal: AbortSignal): Promise<File> {
    const { id, name, mediaType, uploadId } = next;
    const blob = await this.#options.loadBlob(id);
    if (!blob) {
      throw new ParleyError('not_found', 'The file is not on this device any more.', {
        reason: 'file_lost',
      });
    }
    const whileWanted =
      <Data extends unknown[]>(listener: (...data: Data) => void) =>
      (...data: Data) => {
        if (!signal.aborted) listener(...data);
      };
    return this.#options.upload({
      blob,
      name,
      mediaType,
      uploadId,
      signal,
      onBegun: whileWanted((begun: Id) => this.#options.onBegun(id, begun)),
      onProgress: whileWanted((sent: number) => this.#options.onProgress(id, sent)),
      onAccepted: () => this.#attempts.delete(id),
    });
  }

  /** Returns how long to wait before the next attempt; null where none would help. */
  #failed(id: Id, failure: ParleyError): number | null {
    if (!isTransient(failure.code)) {
      this.#options.onFailed(id, failure);
      return null;
    }
    if (failure.reason === uploadGone) this.#options.onBegun(id, null);
    this.#options.onFailed(id, null);
    const attempt = this.#attempts.get(id) ?? 0;
    this.#attempts.set(id, attempt + 1);
    return (failure.retryAfterMs ?? 0) + backoffMs(attempt, this.#options.random);
  }

  #delay(id: Id, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#delays.delete(id);
      this.pump();
    }, waitMs);
    this.#delays.set(id, timer);
  }

  #undelay(id: Id): void {
    clearTimeout(this.#delays.get(id));
    this.#delays.delete(id);
  }
}

function asFailure(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  return new ParleyError('internal', 'Uploading failed.', { cause: error });
}
