import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Settings } from '../bridge/settings.ts';

/** The part of Electron's `globalShortcut` that is used. */
export type ShortcutRegistry = {
  register(accelerator: string, callback: () => void): boolean;
  unregister(accelerator: string): void;
};

type Chosen = Pick<Settings, 'summonKeys' | 'pauseKeys'>;
type Name = keyof Chosen;
const names: readonly Name[] = ['summonKeys', 'pauseKeys'];

/** Keys that are heard wherever the person is. The system gives them to one program at a time. */
export class GlobalShortcuts {
  readonly #registry: ShortcutRegistry;
  readonly #actions: Record<Name, () => void>;
  readonly #held = new Map<Name, string>();

  constructor(registry: ShortcutRegistry, actions: Record<Name, () => void>) {
    this.#registry = registry;
    this.#actions = actions;
  }

  /**
   * Hears these keys and no others. Throws a `conflict` where another program, or the other action, has them; then what
   * was heard before is heard on.
   */
  apply(chosen: Chosen): void {
    if (chosen.summonKeys !== null && chosen.summonKeys === chosen.pauseKeys) throw taken();
    for (const name of names) this.#change(name, chosen[name]);
  }

  /** What was chosen earlier and cannot be had now is left alone: it may be free at the next start. */
  restore(chosen: Chosen): void {
    for (const name of names) {
      try {
        this.#change(name, chosen[name]);
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
      }
    }
  }

  #change(name: Name, wanted: string | null): void {
    const before = this.#held.get(name) ?? null;
    if (wanted === before) return;
    if (wanted !== null && !this.#register(name, wanted)) throw taken();
    if (before !== null) this.#registry.unregister(before);
    if (wanted === null) this.#held.delete(name);
    else this.#held.set(name, wanted);
  }

  #register(name: Name, keys: string): boolean {
    try {
      return this.#registry.register(keys, () => {
        this.#actions[name]();
      });
    } catch {
      // Keys that the system has no name for.
      return false;
    }
  }
}

function taken(): ParleyError {
  return new ParleyError('conflict', 'Another program has these keys.', { reason: 'keys_taken' });
}
