import { createRequire } from 'node:module';
import type { Account } from '../bridge/bridge.ts';
import { secretStores, type AnySafeStorage } from './secret-stores.ts';
import { SessionVault, type Keytar } from './session-vault.ts';

/** Makes the vault of an account, on this computer. */
export function vaultsOf(options: {
  profile: string;
  /** Where the encrypted files lie. */
  folder: string;
  safeStorage: AnySafeStorage;
  report: (what: string, error: unknown) => void;
}): (account: Account) => SessionVault {
  const { report, ...where } = options;
  return (account) =>
    new SessionVault({
      stores: secretStores({
        ...where,
        account,
        platform: process.platform,
        loadKeytar: () => createRequire(__filename)('keytar') as Keytar,
        onTrouble: (protection, error) => {
          report(`the ${protection} cannot be used`, error);
        },
      }),
      now: Date.now,
      onTrouble: (protection, error) => {
        report(`the ${protection} did not serve`, error);
      },
    });
}
