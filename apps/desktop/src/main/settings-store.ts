import Store from 'electron-store';
import type { LedgerStore } from './decision-ledger.ts';
import type { SettingsStore } from './settings.ts';
import type { UpdateStore } from './updates/update-memory.ts';

/**
 * A file in the user-data folder; one that is no JSON is begun anew. What is in it is parsed by whoever reads it, value
 * for value. Conf has no schema of it: it would throw everything away for one value that does not fit, and to compile
 * schemas takes longer than all else that main does before the window.
 */
function open(name: string): Store {
  return new Store({ name, clearInvalidConfig: true });
}

/** The person's settings; what is in them, `settings.ts` says. */
export function openSettingsStore(): SettingsStore {
  return open('settings');
}

/** The last decisions on notifications, in a file of their own: they are many and change often. */
export function openLedgerStore(): LedgerStore {
  const store = open('notifications');
  return {
    load: () => store.get('decisions'),
    save: (decisions) => {
      store.set('decisions', decisions);
    },
  };
}

/** What is to be known of updates over restarts. */
export function openUpdateStore(): UpdateStore {
  return open('updates');
}
