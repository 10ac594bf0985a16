import { createRequire } from 'node:module';
import { safeStorage } from 'electron';
import {
  createEncryptedFileStore,
  createKeychainStore,
  type Encryption,
  type Keytar,
  type SecretStore,
} from './session-vault.ts';

/** Newer Electron encrypts without blocking; older has only the blocking calls. */
type AsyncSafeStorage = {
  encryptStringAsync?: (text: string) => Promise<Buffer>;
  decryptStringAsync?: (bytes: Buffer) => Promise<string | { result: string }>;
};

function systemEncryption(): Encryption {
  const modern: AsyncSafeStorage = safeStorage;
  return {
    isAvailable() {
      if (!safeStorage.isEncryptionAvailable()) return false;
      // Without a keyring Linux falls back to a key that is in the source code of Chromium.
      if (process.platform !== 'linux') return true;
      return safeStorage.getSelectedStorageBackend() !== 'basic_text';
    },
    encrypt: (text) =>
      modern.encryptStringAsync?.(text) ?? Promise.resolve(safeStorage.encryptString(text)),
    async decrypt(bytes) {
      if (!modern.decryptStringAsync) return safeStorage.decryptString(bytes);
      const decrypted = await modern.decryptStringAsync(bytes);
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
