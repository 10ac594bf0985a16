import { createRequire } from 'node:module';
import { join } from 'node:path';
import { keyOf, type Account } from '../bridge/settings.ts';
import { askKeyringState, Keyring, type KeyringState, type Keytar } from './keyring.ts';
import { keytarInProcess, type HelperProcess } from './keytar-process.ts';
import { secretStores, type AnySafeStorage } from './secret-stores.ts';
import type { AskSessionBus } from './session-bus.ts';
import { SessionVault, type Whereabouts } from './session-vault.ts';

export type VaultsOptions = {
  profile: string;
  /** Where the encrypted files lie. */
  folder: string;
  safeStorage: AnySafeStorage;
  askSessionBus: AskSessionBus;
  /** Starts the process that talks to the keyring. */
  utilityProcess: {
    fork(path: string, args: string[], options: { serviceName: string }): HelperProcess;
  };
  /** The folder with the bundles of the app. */
  bundles: string;
  whereabouts: (key: string) => Whereabouts;
  report: (what: string, error: unknown) => void;
};

/** The vaults of all accounts, on this computer: they share its keyring. */
export class Vaults {
  readonly #options: VaultsOptions;
  readonly #keyringState: () => Promise<KeyringState>;
  readonly #keyring: Keyring | null;

  constructor(options: VaultsOptions) {
    this.#options = options;
    this.#keyringState = () => askKeyringState(process.platform, options.askSessionBus);
    this.#keyring = this.#openKeyring();
  }

  /** The system may ask the person for the password of their keyring once more. */
  letPrompt(): void {
    this.#keyring?.letPrompt();
  }

  /** Makes the vault of an account. `onWiped`: its session was in the keyring, and is not any more. */
  of(account: Account, onWiped: () => void): SessionVault {
    const { profile, folder, safeStorage, whereabouts, report } = this.#options;
    return new SessionVault({
      stores: secretStores({
        account,
        profile,
        folder,
        safeStorage,
        platform: process.platform,
        keyringState: this.#keyringState,
        keychain: this.#keyring,
      }),
      whereabouts: whereabouts(keyOf(account)),
      isQuiet: process.platform === 'linux',
      now: Date.now,
      onTrouble: (protection, error) => {
        report(`the ${protection} did not serve`, error);
      },
      onWiped,
    });
  }

  #openKeyring(): Keyring | null {
    const { utilityProcess, bundles } = this.#options;
    const path = join(bundles, 'keyring-process/keyring-process.cjs');
    try {
      const keytar =
        process.platform === 'linux'
          ? keytarInProcess(() => utilityProcess.fork(path, [], { serviceName: 'Parley keyring' }))
          : (createRequire(__filename)('keytar') as Keytar);
      return new Keyring({ keytar, state: this.#keyringState });
    } catch (error) {
      // Without its library there is the encryption of the system.
      this.#options.report('the keychain cannot be used', error);
      return null;
    }
  }
}
