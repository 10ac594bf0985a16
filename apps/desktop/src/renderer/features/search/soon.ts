/**
 * Does some work a while after it was asked for, once for all who ask meanwhile. Who asks does not put it off: what is
 * asked for all the time is done all the same.
 */
export class Soon {
  readonly #work: () => void;
  readonly #afterMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: () => void, afterMs: number) {
    this.#work = work;
    this.#afterMs = afterMs;
  }

  /** `_why`: what has changed, for those who ask in an effect. */
  ask(_why: unknown): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#work();
    }, this.#afterMs);
  }

  /** Nothing is done any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
