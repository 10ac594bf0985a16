import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { keyOf, type Account } from '../bridge/bridge.ts';

/** What is kept of a signed-in session. `nonce` names a refresh under way, so that it can be repeated. */
export const StoredSession = z.object({
  server: z.string(),
  sessionId: z.string(),
  userId: z.string(),
  refreshToken: z.string(),
  nonce: z.string().nullable(),
});
export type StoredSession = z.infer<typeof StoredSession>;

/** As it lies in a store: `keptAtMs` tells which of two is the later one. */
const KeptSession = StoredSession.extend({ keptAtMs: z.number().default(0) });
type KeptSession = z.infer<typeof KeptSession>;

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
export function createKeychainStore(keytar: Keytar, profile: string, of: Account): SecretStore {
  const service = profile === '' ? 'Parley' : `Parley (${profile})`;
  // People see this in the list of their keychain.
  const account = keyOf(of);
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
  isAvailable(): Promise<boolean>;
  encrypt(text: string): Promise<Buffer>;
  decrypt(bytes: Buffer): Promise<string>;
};

/** A file that is encrypted with a key of the system. */
export function createEncryptedFileStore(
  encryption: Encryption,
  folder: string,
  of: Account,
): SecretStore {
  // An address is no name of a file on every system.
  const name = createHash('sha256').update(keyOf(of)).digest('hex').slice(0, 32);
  const path = join(folder, `session-${name}.bin`);
  const assertAvailable = async () => {
    if (!(await encryption.isAvailable())) throw new Error('The system offers no encryption.');
  };
  return {
    protection: 'system',
    async load() {
      let bytes: Buffer;
      try {
        bytes = await readFile(path);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
      await assertAvailable();
      return encryption.decrypt(bytes);
    },
    async store(secret) {
      await assertAvailable();
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

/** A keyring that is locked waits for its password: so long somebody has to type it. */
const readWithinMs = 30_000;
const writeWithinMs = 5_000;

export type SessionVaultOptions = {
  /** The best first. */
  stores: SecretStore[];
  now: () => number;
  onTrouble: (protection: string, error: unknown) => void;
  deadlines?: { readMs: number; writeMs: number };
};

/**
 * Keeps the session in the first store that works. Reading looks through all of them and takes the latest: a
 * better store may have been away when that was kept, and still hold a token which the server takes for stolen
 * when it comes a second time. A secret is never written in plain.
 */
export class SessionVault {
  readonly #stores: SecretStore[];
  readonly #options: SessionVaultOptions;
  readonly #deadlines: { readMs: number; writeMs: number };
  #protection: SecretStore['protection'] = 'memory';
  #keptAtMs = 0;

  constructor(options: SessionVaultOptions) {
    this.#options = options;
    this.#stores = [...options.stores, createMemoryStore()];
    this.#deadlines = options.deadlines ?? { readMs: readWithinMs, writeMs: writeWithinMs };
  }

  /** What keeps the session that was read or written last. */
  get protection(): SecretStore['protection'] {
    return this.#protection;
  }

  async load(): Promise<StoredSession | null> {
    const found = await Promise.all(this.#stores.map((store) => this.#read(store)));
    let latest: (typeof found)[number] = null;
    for (const each of found) {
      if (each && (!latest || each.kept.keptAtMs > latest.kept.keptAtMs)) latest = each;
    }
    if (!latest) return null;
    this.#protection = latest.store.protection;
    const { keptAtMs, ...session } = latest.kept;
    this.#keptAtMs = keptAtMs;
    return session;
  }

  /** Stores in the best way that works and leaves nothing in the others. */
  async save(session: StoredSession): Promise<void> {
    // Later than the one before, even where the clock was put back.
    this.#keptAtMs = Math.max(this.#options.now(), this.#keptAtMs + 1);
    const kept: KeptSession = { ...session, keptAtMs: this.#keptAtMs };
    let stored: SecretStore | null = null;
    for (const store of this.#stores) {
      if (stored) await this.#write(store, () => store.remove());
      else if (await this.#write(store, () => store.store(JSON.stringify(kept)))) stored = store;
    }
    this.#protection = stored?.protection ?? 'memory';
  }

  async clear(): Promise<void> {
    for (const store of this.#stores) await this.#write(store, () => store.remove());
  }

  async #read(store: SecretStore): Promise<{ store: SecretStore; kept: KeptSession } | null> {
    const text = await this.#attempt(store, () => store.load(), this.#deadlines.readMs);
    const kept = text === undefined || text === null ? null : parse(text);
    return kept && { store, kept };
  }

  async #write(store: SecretStore, work: () => Promise<void>): Promise<boolean> {
    const done = () => work().then(() => true);
    return (await this.#attempt(store, done, this.#deadlines.writeMs)) ?? false;
  }

  /** Undefined when it failed or took too long: a keyring may wait for a password that nobody types. */
  async #attempt<T>(
    store: SecretStore,
    work: () => Promise<T>,
    withinMs: number,
  ): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error('It did not answer in time.'));
      }, withinMs);
    });
    try {
      return await Promise.race([work(), overdue]);
    } catch (error) {
      this.#options.onTrouble(store.protection, error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

function parse(text: string): KeptSession | null {
  try {
    return KeptSession.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
