import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What is kept of a signed-in session. `nonce` names a refresh under way, so that it can be repeated. */
export const StoredSession = z.object({
  server: z.string(),
  sessionId: z.string(),
  userId: z.string(),
  refreshToken: z.string(),
  nonce: z.string().nullable(),
});
export type StoredSession = z.infer<typeof StoredSession>;

/** One way to keep a secret. `load` and `store` reject when the way is not to be had at this moment. */
export interface SecretStore {
  readonly protection: 'keychain' | 'system' | 'memory';
  load(): Promise<string | null>;
  store(secret: string): Promise<void>;
  remove(): Promise<void>;
}

/** The part of keytar that is used. */
export type Keytar = {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
};

/** The keychain of the system: Keychain on macOS, Credential Manager on Windows, Secret Service on Linux. */
export function createKeychainStore(keytar: Keytar, profile: string): SecretStore {
  const service = profile === '' ? 'Parley' : `Parley (${profile})`;
  const account = 'session';
  return {
    protection: 'keychain',
    load: () => keytar.getPassword(service, account),
    store: (secret) => keytar.setPassword(service, account, secret),
    remove: async () => {
      await keytar.deletePassword(service, account);
    },
  };
}

/** The part of Electron's safeStorage that is used. Linux's `basic_text` is no protection and not taken. */
export type Encryption = {
  isAvailable(): boolean;
  encrypt(text: string): Promise<Buffer>;
  decrypt(bytes: Buffer): Promise<string>;
};

/** A file that is encrypted with a key of the system. */
export function createEncryptedFileStore(encryption: Encryption, folder: string): SecretStore {
  const path = join(folder, 'session.bin');
  const assertAvailable = () => {
    if (!encryption.isAvailable()) throw new Error('The system offers no encryption.');
  };
  return {
    protection: 'system',
    async load() {
      assertAvailable();
      try {
        return await encryption.decrypt(await readFile(path));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    async store(secret) {
      assertAvailable();
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.part`, await encryption.encrypt(secret), { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
    remove: () => rm(path, { force: true }),
  };
}

/** Until the app ends, and not on disk at all. */
export function createMemoryStore(): SecretStore {
  let held: string | null = null;
  return {
    protection: 'memory',
    load: () => Promise.resolve(held),
    store: (secret) => {
      held = secret;
      return Promise.resolve();
    },
    remove: () => {
      held = null;
      return Promise.resolve();
    },
  };
}

/**
 * Keeps the session in the first store that works. Reading looks through all of them, so a session is found
 * that was kept when a better store was not to be had. A secret is never written in plain.
 */
export class SessionVault {
  readonly #stores: SecretStore[];
  readonly #deadlineMs: number;
  readonly #onTrouble: (protection: string, error: unknown) => void;
  #protection: SecretStore['protection'] = 'memory';

  constructor(
    stores: SecretStore[],
    onTrouble: (protection: string, error: unknown) => void,
    deadlineMs = 5_000,
  ) {
    this.#stores = [...stores, createMemoryStore()];
    this.#onTrouble = onTrouble;
    this.#deadlineMs = deadlineMs;
  }

  /** What keeps the session that was read or written last. */
  get protection(): SecretStore['protection'] {
    return this.#protection;
  }

  async load(): Promise<StoredSession | null> {
    for (const store of this.#stores) {
      const text = await this.#attempt(store, () => store.load());
      if (text === undefined || text === null) continue;
      const session = parse(text);
      if (!session) continue;
      this.#protection = store.protection;
      return session;
    }
    return null;
  }

  /** Stores in the best way that works and leaves nothing in the others. */
  async save(session: StoredSession): Promise<void> {
    let stored: SecretStore | null = null;
    for (const store of this.#stores) {
      if (stored) await this.#attempt(store, () => store.remove());
      else if (
        (await this.#attempt(store, () =>
          store.store(JSON.stringify(session)).then(() => true),
        )) === true
      ) {
        stored = store;
      }
    }
    this.#protection = stored?.protection ?? 'memory';
  }

  async clear(): Promise<void> {
    for (const store of this.#stores) await this.#attempt(store, () => store.remove());
  }

  /** Undefined when it failed or took too long: a keyring may wait for a password that nobody types. */
  async #attempt<T>(store: SecretStore, work: () => Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error('It did not answer in time.'));
      }, this.#deadlineMs);
    });
    try {
      return await Promise.race([work(), overdue]);
    } catch (error) {
      this.#onTrouble(store.protection, error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

function parse(text: string): StoredSession | null {
  try {
    return StoredSession.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
