import { explain } from '../messages.ts';

/** Something that a person asked for and waits for: whether it is under way, and why it failed. */
export class Attempt {
  busy = $state(false);
  /** In the person's words; null: it did not fail. */
  error = $state<string | null>(null);

  /** Resolves to what the work resolves to, or to null where it rejects: then `error` says why. */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    this.busy = true;
    this.error = null;
    try {
      return await work();
    } catch (failure) {
      this.error = explain(failure);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
