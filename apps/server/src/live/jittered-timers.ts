/** Repeating timers that drift apart by a tenth, so that nodes and sessions do not work in step. */
export class JitteredTimers {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #random: () => number;
  #closed = false;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Runs the task about every `everyMs` until `close`. */
  repeat(everyMs: number, task: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        task();
        this.repeat(everyMs, task);
      },
      everyMs * (0.9 + this.#random() * 0.2),
    );
    timer.unref();
    this.#timers.add(timer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
