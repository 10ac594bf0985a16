import { z } from 'zod';

/** Why a message was told of, or was not. `key` names the message and its account. */
const Decision = z.strictObject({
  key: z.string().max(400),
  at: z.iso.datetime(),
  shown: z.boolean(),
  reason: z.string().max(80),
});
export type Decision = z.infer<typeof Decision>;

const maxDecisions = 1_000;
/** Messages come in waves: they are written down together. */
const writeAfterMs = 5_000;

export type LedgerStore = { load(): unknown; save(decisions: readonly Decision[]): void };

/** The last decisions on notifications with their reasons, kept over restarts. No word of a message is in it. */
export class DecisionLedger {
  readonly #store: LedgerStore;
  #decisions: Decision[];
  #timer: NodeJS.Timeout | undefined;

  constructor(store: LedgerStore) {
    this.#store = store;
    const stored = store.load();
    const list: unknown[] = Array.isArray(stored) ? stored : [];
    this.#decisions = list
      .flatMap((each) => Decision.safeParse(each).data ?? [])
      .slice(-maxDecisions);
  }

  add(decision: Decision): void {
    this.#change([...this.#decisions, decision].slice(-maxDecisions));
  }

  /** Those on one message, the first one first. */
  about(key: string): Decision[] {
    return this.#decisions.filter((decision) => decision.key === key);
  }

  /** Forgets all whose keys begin so: those of an account that was signed out. */
  forget(prefix: string): void {
    this.#change(this.#decisions.filter(({ key }) => !key.startsWith(prefix)));
  }

  /** Writes what is not written yet. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store.save(this.#decisions);
  }

  #change(decisions: Decision[]): void {
    this.#decisions = decisions;
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, writeAfterMs);
  }
}
