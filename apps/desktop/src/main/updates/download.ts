import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { Fetch } from '../server-call.ts';
import { UpdateFailure } from './update-failure.ts';

/** So many attempts in a row that come no further than one before are enough. */
const maxFruitless = 4;

export type DownloadOptions = {
  fetch: Fetch;
  url: string;
  /** A path; what is there is replaced. */
  destination: string;
  /** What was signed: the length in bytes, and the SHA-512 in base64. */
  size: number;
  sha512: string;
  onProgress: (received: number) => void;
  signal: AbortSignal;
  /** A connection that brings nothing for so long is given up. */
  silenceMs: number;
  /** Waits before the next attempt; the number of those that brought nothing is given. */
  pause: (fruitless: number) => Promise<void>;
};

/**
 * Fetches a file into its destination. What was lost on the way is asked for from where it broke off; never is more read
 * than was signed. Rejects with an UpdateFailure: `damaged` when it is not what was signed, `unreachable` when it could
 * not be had.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const file = await open(options.destination, 'w');
  try {
    await new Download(options, file).run();
    await file.sync();
  } finally {
    await file.close();
  }
}

class Download {
  readonly #options: DownloadOptions;
  readonly #file: FileHandle;
  #hash: Hash = createHash('sha512');
  #received = 0;

  constructor(options: DownloadOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
  }

  async run(): Promise<void> {
    const { size, sha512, signal, pause } = this.#options;
    let furthest = 0;
    for (let fruitless = 0; this.#received < size;) {
      const failure = await this.#attempt();
      if (signal.aborted) throw new UpdateFailure('unreachable', 'the download was given up');
      fruitless = this.#received > furthest ? 0 : fruitless + 1;
      furthest = Math.max(furthest, this.#received);
      if (fruitless === maxFruitless) throw failure;
      if (this.#received < size) await pause(fruitless);
    }
    if (this.#hash.digest('base64') !== sha512) {
      throw new UpdateFailure('damaged', 'the file is not the one that was signed');
    }
  }

  /** Reads on from what is there. Resolves with why it ended before the file did; rejects where no attempt would help. */
  async #attempt(): Promise<UpdateFailure> {
    const { fetch, url, signal, silenceMs } = this.#options;
    const controller = new AbortController();
    const give = () => controller.abort();
    let silence = setTimeout(give, silenceMs);
    signal.addEventListener('abort', give);
    try {
      const range = this.#received > 0 ? { range: `bytes=${this.#received}-` } : {};
      const response = await fetch(url, {
        headers: range,
        redirect: 'error',
        signal: controller.signal,
      });
      await this.#begin(response);
      const reader = response.body?.getReader();
      for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
        clearTimeout(silence);
        silence = setTimeout(give, silenceMs);
        await this.#take(read.value);
      }
      return new UpdateFailure('damaged', 'the file ends too early');
    } catch (error) {
      give();
      if (error instanceof UpdateFailure) throw error;
      return new UpdateFailure('unreachable', 'the download broke off', { cause: error });
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', give);
    }
  }

  /** Looks whether the answer goes on where this one is; a server may also begin anew. */
  async #begin({ status, headers }: Response): Promise<void> {
    if (status === 206) {
      const from = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1];
      if (Number(from) === this.#received) return;
      throw new UpdateFailure('damaged', 'the server goes on at another place');
    }
    if (status === 416) throw new UpdateFailure('damaged', 'the file ends too early');
    if (status >= 500) throw new Error(`the server answers with ${status}`);
    if (status !== 200) {
      throw new UpdateFailure('unreachable', `the server answers with ${status}`);
    }
    if (this.#received === 0) return;
    await this.#file.truncate(0);
    this.#received = 0;
    this.#hash = createHash('sha512');
  }

  async #take(chunk: Uint8Array): Promise<void> {
    if (this.#received + chunk.byteLength > this.#options.size) {
      throw new UpdateFailure('damaged', 'the file is longer than the one that was signed');
    }
    await this.#file.write(chunk, 0, chunk.byteLength, this.#received);
    this.#hash.update(chunk);
    this.#received += chunk.byteLength;
    this.#options.onProgress(this.#received);
  }
}
