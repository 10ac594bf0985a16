import { HeldPicture, type Picture } from './held-picture.svelte.ts';

export type PictureSize = 'whole' | 'thumbnail';

type Fetch = (fileId: string, size: PictureSize) => Promise<Blob>;

/** Pictures that nobody looks at any more are kept up to so many bytes: people scroll back. */
const maxIdleBytes = 32 * 1024 * 1024;
/** Rows that only fly by while somebody scrolls need no pictures. */
const settleMs = 60;

/** The pictures that are on screen, each fetched once, and given back to the browser when they are not. */
export class Pictures {
  readonly #fetch: Fetch;
  /** By file and size; the one that was let go last is the last. */
  readonly #held = new Map<string, HeldPicture>();

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** The picture, for as long as somebody holds it. */
  hold(fileId: string, size: PictureSize): { picture: Picture; release: () => void } {
    const key = `${size} ${fileId}`;
    const held = this.#held.get(key) ?? new HeldPicture();
    this.#held.set(key, held);
    held.holders += 1;
    if (held.url === null && !held.isAsked && held.timer === undefined) {
      held.timer = setTimeout(() => this.#load(held, fileId, size), settleMs);
    }
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#release(key, held);
    };
    return { picture: held, release };
  }

  /** Asks once more for a picture that could not be had. */
  retry(fileId: string, size: PictureSize): void {
    const held = this.#held.get(`${size} ${fileId}`);
    if (held?.failed === true) this.#load(held, fileId, size);
  }

  /** Gives everything back. */
  clear(): void {
    for (const [key, held] of this.#held) {
      clearTimeout(held.timer);
      this.#forget(key, held);
    }
  }

  #load(held: HeldPicture, fileId: string, size: PictureSize): void {
    held.timer = undefined;
    held.isAsked = true;
    held.failed = false;
    this.#fetch(fileId, size).then(
      (blob) => {
        held.isAsked = false;
        // Given back meanwhile.
        if (this.#held.get(`${size} ${fileId}`) !== held) return;
        held.bytes = blob.size;
        held.url = URL.createObjectURL(blob);
        if (held.holders === 0) this.#trim();
      },
      () => {
        held.isAsked = false;
        held.failed = true;
      },
    );
  }

  #release(key: string, held: HeldPicture): void {
    held.holders -= 1;
    if (held.holders > 0 || this.#held.get(key) !== held) return;
    clearTimeout(held.timer);
    held.timer = undefined;
    this.#held.delete(key);
    // What failed is asked for anew when it is wanted again.
    if (held.url === null && !held.isAsked) return;
    this.#held.set(key, held);
    this.#trim();
  }

  #trim(): void {
    const idle = [...this.#held].filter(([, { holders }]) => holders === 0);
    let bytes = idle.reduce((sum, [, held]) => sum + held.bytes, 0);
    for (const [key, held] of idle) {
      if (bytes <= maxIdleBytes) return;
      bytes -= held.bytes;
      this.#forget(key, held);
    }
  }

  #forget(key: string, held: HeldPicture): void {
    this.#held.delete(key);
    if (held.url !== null) URL.revokeObjectURL(held.url);
    held.url = null;
  }
}
