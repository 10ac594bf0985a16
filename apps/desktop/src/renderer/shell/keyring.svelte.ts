import { SvelteMap } from 'svelte/reactivity';
import type { Bridge, Keeping } from '../../bridge/bridge.ts';
import { keyOf, type Account } from '../../bridge/settings.ts';
import { explain, messages } from '../messages.ts';
import { toasts } from '../ui/toasts.svelte.ts';

/** What the person has to know of it: the session waits for the keyring, or is not in it any more. */
export type KeyringTrouble = 'memoryWhileLocked' | 'locked' | 'away' | 'lost';

/** How the sessions of this device are kept; the person is told where that is not as it should be. */
export class KeyringWatch {
  readonly #bridge: Bridge;
  readonly #keeping = new SvelteMap<string, Keeping | 'lost'>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('session.keeping', ({ account, keeping }) => this.#take(account, keeping));
    bridge.on('session.ended', ({ account, reason }) => {
      if (reason === 'keyring_lost') this.#keeping.set(keyOf(account), 'lost');
    });
  }

  /** What is amiss with the session of an account; null: nothing that anybody could do something about. */
  trouble(account: Account): KeyringTrouble | null {
    const keeping = this.#keeping.get(keyOf(account));
    switch (keeping) {
      case 'memoryWhileLocked':
      case 'locked':
      case 'away':
      case 'lost':
        return keeping;
      case 'safe':
      case 'memory':
      case 'wiped':
      case undefined:
        return null;
    }
  }

  /** Whether there is no way in before the keyring gives the session. */
  keepsOut(account: Account): boolean {
    const trouble = this.trouble(account);
    return trouble === 'locked' || trouble === 'away';
  }

  /** Lets the system ask for the password of the keyring. */
  async unlock(): Promise<void> {
    try {
      await this.#bridge.call('keyring.unlock', {});
    } catch (error) {
      toasts.fail(explain(error));
    }
  }

  #take(account: Account, keeping: Keeping): void {
    const key = keyOf(account);
    if (keeping === 'wiped') toasts.show(messages.keyring.wiped);
    if (keeping === 'memory' && this.#keeping.get(key) !== 'memory') {
      toasts.show(messages.keyring.memory);
    }
    this.#keeping.set(key, keeping);
  }
}
