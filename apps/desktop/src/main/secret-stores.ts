import type { Account } from '../bridge/bridge.ts';
import {
  createEncryptedFileStore,
  createKeychainStore,
  type Encryption,
  type Keytar,
  type SecretStore,
} from './session-vault.ts';

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

function systemEncryption(storage: AnySafeStorage, platform: NodeJS.Platform): Encryption {
  return {
    async isAvailable() {
      const isThere =
        (await storage.isAsyncEncryptionAvailable?.()) ?? storage.isEncryptionAvailable();
      if (!isThere) return false;
      return platform !== 'linux' || !unprotected.has(storage.getSelectedStorageBackend?.());
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
  /** Throws where the native library that it needs is missing. */
  loadKeytar: () => Keytar;
  onTrouble: (protection: string, error: unknown) => void;
}): SecretStore[] {
  const { account, profile, folder, safeStorage, platform, loadKeytar, onTrouble } = options;
  const encrypted = createEncryptedFileStore(
    systemEncryption(safeStorage, platform),
    folder,
    account,
  );
  try {
    return [createKeychainStore(loadKeytar(), profile, account), encrypted];
  } catch (error) {
    onTrouble('keychain', error);
    return [encrypted];
  }
}
