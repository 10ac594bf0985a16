import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Access } from '../../live/connection.ts';
import { failureOf, fileUrl, withToken } from './file-http.ts';

/** A thumbnail is of at most 720 by 720 pixels. */
const maxThumbnailBytes = 4 * 1024 ** 2;
/** Whatever a server sends, the page does not hold more of one file. */
const maxFileBytes = 2 * 1024 ** 3;
/** Thumbnails that were looked at last are kept up to here. */
const cacheBytes = 64 * 1024 ** 2;
const maxProblemBytes = 64 * 1024;
const stalledAfterMs = 30_000;
/** Handed over to the browser, which keeps large blobs on the disk. */
const partBytes = 8 * 1024 ** 2;

export type What = 'whole' | 'thumbnail';

/** Who sees a file come, and may call it off. */
export type Watch = { signal: AbortSignal; onBytes: (soFar: number) => void };

export type FileFetchOptions = {
  getAccess: (minValidMs: number) => Promise<Access | null>;
  fetch: typeof fetch;
  stalledAfterMs?: number;
  cacheBytes?: number;
};

/** Gets files from the server, with the account's token: one request for all who ask for the same. */
export class FileFetch {
  readonly #options: FileFetchOptions;
  readonly #asked = new Map<string, Promise<Blob>>();
  /** Thumbnails, the one that was used last at the end. */
  readonly #cache = new Map<string, Blob>();
  #cachedBytes = 0;
  /** Rises with each `clear`: what was asked for before it is not kept. */
  #generation = 0;
  readonly #controllers = new Set<AbortController>();
  #isStopped = false;

  constructor(options: FileFetchOptions) {
    this.#options = options;
  }

  /** Rejects with a ParleyError. */
  get(fileId: Id, what: What): Promise<Blob> {
    const key = `${what}:${fileId}`;
    const cached = this.#cache.get(key);
    if (cached) {
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return Promise.resolve(cached);
    }
    const asked = this.#asked.get(key);
    if (asked) return asked;
    const asking = this.#fetch(fileId, what).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    const generation = this.#generation;
    if (what === 'thumbnail') {
      asking.then(
        (blob) => {
          if (generation === this.#generation) this.#keep(key, blob);
        },
        () => undefined,
      );
    }
    return asking;
  }

  /** The file whole, for one who watches it. Rejects with a ParleyError, or with the signal's reason. */
  async download(fileId: Id, watch: Watch): Promise<Blob> {
    try {
      return await this.#fetch(fileId, 'whole', watch);
    } catch (error) {
      watch.signal.throwIfAborted();
      throw error;
    }
  }

  /** Where the person may see less from now on, nothing that they saw is at hand. */
  clear(): void {
    this.#generation += 1;
    this.#cache.clear();
    this.#cachedBytes = 0;
  }

  stop(): void {
    this.#isStopped = true;
    for (const controller of this.#controllers) controller.abort();
    this.clear();
  }

  #keep(key: string, blob: Blob): void {
    const max = this.#options.cacheBytes ?? cacheBytes;
    if (blob.size > max) return;
    this.#cache.set(key, blob);
    this.#cachedBytes += blob.size;
    for (const [oldest, { size }] of this.#cache) {
      if (this.#cachedBytes <= max) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= size;
    }
  }

  async #fetch(fileId: Id, what: What, watch?: Watch): Promise<Blob> {
    if (this.#isStopped) throw unreachable();
    const controller = new AbortController();
    this.#controllers.add(controller);
    const callOff = () => {
      controller.abort();
    };
    watch?.signal.addEventListener('abort', callOff);
    // Each part that comes gives it time again: a large file over a slow line takes long, and is no failure.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moves = (soFar = 0) => {
      watch?.onBytes(soFar);
      clearTimeout(timer);
      timer = setTimeout(() => {
        controller.abort();
      }, this.#options.stalledAfterMs ?? stalledAfterMs);
    };
    moves();
    try {
      return await withToken(this.#options.getAccess, async (authorise) => {
        const { server, accessToken } = await authorise();
        const path = what === 'thumbnail' ? '/thumbnail' : '';
        const response = await this.#options.fetch(`${fileUrl(server, fileId)}${path}`, {
          headers: { authorization: `Bearer ${accessToken}` },
          credentials: 'omit',
          redirect: 'error',
          signal: controller.signal,
        });
        if (!response.ok) {
          const problem = await bodyOf(response, maxProblemBytes, moves);
          throw failureOf(response.status, await problem.text());
        }
        return await bodyOf(
          response,
          what === 'thumbnail' ? maxThumbnailBytes : maxFileBytes,
          moves,
        );
      });
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      throw unreachable(error);
    } finally {
      clearTimeout(timer);
      watch?.signal.removeEventListener('abort', callOff);
      this.#controllers.delete(controller);
    }
  }
}

/** `moves` is told of each part, and how much came with it. */
async function bodyOf(
  response: Response,
  maxBytes: number,
  moves: (soFar: number) => void,
): Promise<Blob> {
  const type = response.headers.get('content-type') ?? '';
  const reader = response.body?.getReader();
  const blobs: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  let total = 0;
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) break;
    parts.push(part.value);
    held += part.value.byteLength;
    total += part.value.byteLength;
    moves(total);
    if (total > maxBytes) {
      await reader?.cancel();
      throw new ParleyError('too_large', 'The server sends more than a file may have.');
    }
    if (held < partBytes) continue;
    blobs.push(new Blob(parts));
    parts = [];
    held = 0;
  }
  return new Blob([...blobs, ...parts], { type });
}

function unreachable(cause?: unknown): ParleyError {
  return new ParleyError('unavailable', 'The server cannot be reached.', { cause });
}
