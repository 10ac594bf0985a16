/**
 * Does something at once when it has not been done for a while, and otherwise as soon as that while is over, once for
 * all who asked meanwhile.
 */
export class Paced {
  readonly #apartMs: number;
  readonly #work: () => void;
  #restsUntil = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(apartMs: number, work: () => void) {
    this.#apartMs = apartMs;
    this.#work = work;
  }

  /** Whatever waits is done with it. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#restsUntil = performance.now() + this.#apartMs;
    this.#work();
  }

  soon(): void {
    if (this.#timer !== undefined) return;
    const waitMs = this.#restsUntil - performance.now();
    if (waitMs <= 0) this.now();
    else
      this.#timer = setTimeout(() => {
        this.now();
      }, waitMs);
  }

  /** Nothing that waits is done any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
