import type { Account } from '../bridge/settings.ts';
import {
  createEncryptedFileStore,
  createKeychainStore,
  type Encryption,
  type SecretStore,
} from './session-vault.ts';
import { KeyringUnavailable, type Keytar, type KeyringState } from './keyring.ts';

/** Newer Electron encrypts without blocking and retires the blocking calls, which are all that older has. */
export type AnySafeStorage = {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(bytes: Buffer): string;
  getSelectedStorageBackend?: () => string;
  isAsyncEncryptionAvailable?: () => Promise<boolean>;
  encryptStringAsync?: (text: string) => Promise<Buffer>;
  decryptStringAsync?: (bytes: Buffer) => Promise<{ result: string }>;
};

/** What Linux may answer without a keyring: a key that is in the source code of Chromium, or none yet. */
const unprotected = new Set<string | undefined>(['basic_text', 'unknown', undefined]);

function systemEncryption(
  storage: AnySafeStorage,
  platform: NodeJS.Platform,
  keyringState: () => Promise<KeyringState>,
): Encryption {
  return {
    async isAvailable() {
      if (platform === 'linux') {
        const backend = storage.getSelectedStorageBackend?.();
        if (unprotected.has(backend)) return false;
        // Its key is in the same keyring: Electron would wait for the person's password, and the whole app with it.
        const state = backend?.startsWith('kwallet') ? 'unknown' : await keyringState();
        if (state === 'locked') throw new KeyringUnavailable('locked', 'The keyring is locked.');
        if (state === 'away' || state === 'missing') return false;
      }
      return (await storage.isAsyncEncryptionAvailable?.()) ?? storage.isEncryptionAvailable();
    },
    async encrypt(text) {
      return (await storage.encryptStringAsync?.(text)) ?? storage.encryptString(text);
    },
    async decrypt(bytes) {
      const decrypted = await storage.decryptStringAsync?.(bytes);
      return decrypted?.result ?? storage.decryptString(bytes);
    },
  };
}

/** The ways to keep an account's secret on this machine, the best first. */
export function secretStores(options: {
  account: Account;
  profile: string;
  folder: string;
  safeStorage: AnySafeStorage;
  platform: NodeJS.Platform;
  keyringState: () => Promise<KeyringState>;
  /** Null where the native library that it needs is missing. */
  keychain: Keytar | null;
}): SecretStore[] {
  const { account, profile, folder, safeStorage, platform, keyringState, keychain } = options;
  const encryption = systemEncryption(safeStorage, platform, keyringState);
  const encrypted = createEncryptedFileStore(encryption, folder, account);
  return keychain ? [createKeychainStore(keychain, profile, account), encrypted] : [encrypted];
}
