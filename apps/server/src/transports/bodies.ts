import type { Peer } from './strangers.ts';

/** Bytes that bodies may hold while they come in, of all connections together. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Requests whose bodies are being read or answered, with what they may come to hold. Beyond the bound the one that
 * has been under way the longest is cut, not the newest refused: an honest body is here within moments, so that a
 * flood of slow ones displaces itself.
 */
export class Bodies {
  readonly #maxBytes: number;
  /** In the order of their coming. */
  readonly #sizes = new Map<Peer, number>();
  #bytes = 0;

  constructor(bound = maxBytes) {
    this.#maxBytes = bound;
  }

  /** A body of up to `size` bytes begins; the function that is returned says that it needs them no more. */
  begin(socket: Peer, size: number): () => void {
    this.#forget(socket);
    this.#sizes.set(socket, size);
    this.#bytes += size;
    for (const [oldest] of this.#sizes) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#forget(oldest);
      oldest.destroy();
    }
    return () => {
      this.#forget(socket);
    };
  }

  #forget(socket: Peer): void {
    this.#bytes -= this.#sizes.get(socket) ?? 0;
    this.#sizes.delete(socket);
  }
}
