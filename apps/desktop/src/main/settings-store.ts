import Store from 'electron-store';
import type { LedgerStore } from './decision-ledger.ts';
import type { SettingsStore } from './settings.ts';
import type { UpdateStore } from './updates/update-memory.ts';

/**
 * The file in the user-data folder. What is in it is parsed by `settings.ts`, value for value: Conf throws
 * everything away for one that does not fit its own schema, so that says only what the parts are.
 */
export function openSettingsStore(): SettingsStore {
  return new Store<Record<string, unknown>>({
    name: 'settings',
    schema: {
      settings: { type: 'object' },
      window: { type: 'object' },
      vaults: { type: 'object' },
      certificates: { type: 'array' },
    },
    // A file that is no JSON is begun anew.
    clearInvalidConfig: true,
  });
}

/** The last decisions on notifications, in a file of their own: they are many and change often. */
export function openLedgerStore(): LedgerStore {
  const store = new Store<Record<string, unknown>>({
    name: 'notifications',
    schema: { decisions: { type: 'array' } },
    clearInvalidConfig: true,
  });
  return {
    load: () => store.get('decisions'),
    save: (decisions) => {
      store.set('decisions', decisions);
    },
  };
}

/** What is to be known of updates over restarts. */
export function openUpdateStore(): UpdateStore {
  return new Store<Record<string, unknown>>({
    name: 'updates',
    schema: {
      installation: { type: 'string' },
      failedVersion: { type: 'string' },
      startHidden: { type: 'boolean' },
    },
    clearInvalidConfig: true,
  });
}
