import { createRequire } from 'node:module';
import { safeStorage } from 'electron';
import {
  createEncryptedFileStore,
  createKeychainStore,
  type Encryption,
  type Keytar,
  type SecretStore,
} from './session-vault.ts';

/** Newer Electron encrypts without blocking and retires the blocking calls, which are all that older has. */
type AnySafeStorage = {
  isEncryptionAvailable(): boolean;
  getSelectedStorageBackend(): string;
  encryptString(text: string): Buffer;
  decryptString(bytes: Buffer): string;
  encryptStringAsync?: (text: string) => Promise<Buffer>;
  decryptStringAsync?: (bytes: Buffer) => Promise<string | { result: string }>;
};

function systemEncryption(): Encryption {
  const storage: AnySafeStorage = safeStorage;
  return {
    isAvailable() {
      if (!storage.isEncryptionAvailable()) return false;
      // Without a keyring Linux falls back to a key that is in the source code of Chromium.
      if (process.platform !== 'linux') return true;
      return storage.getSelectedStorageBackend() !== 'basic_text';
    },
    encrypt: (text) =>
      storage.encryptStringAsync?.(text) ?? Promise.resolve(storage.encryptString(text)),
    async decrypt(bytes) {
      if (!storage.decryptStringAsync) return storage.decryptString(bytes);
      const decrypted = await storage.decryptStringAsync(bytes);
      return typeof decrypted === 'string' ? decrypted : decrypted.result;
    },
  };
}

/** The ways to keep a secret on this machine, the best first. */
export function secretStores(
  profile: string,
  folder: string,
  onTrouble: (protection: string, error: unknown) => void,
): SecretStore[] {
  const encrypted = createEncryptedFileStore(systemEncryption(), folder);
  try {
    // Native: where its library is missing, loading it fails, and the next way is taken.
    const keytar = createRequire(__filename)('keytar') as Keytar;
    return [createKeychainStore(keytar, profile), encrypted];
  } catch (error) {
    onTrouble('keychain', error);
    return [encrypted];
  }
}
