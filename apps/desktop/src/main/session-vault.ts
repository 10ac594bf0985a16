import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { keyOf, type Account } from '../bridge/settings.ts';
import { KeyringUnavailable, type Keytar } from './keyring.ts';

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

/** It is there and cannot be read any more, as when the key to it was wiped away. */
class SecretLost extends Error {
  override readonly name = 'SecretLost';
}

/** One way to keep a secret. `load` and `store` reject when the way is not to be had at this moment. */
export interface SecretStore {
  readonly protection: 'keychain' | 'system' | 'memory';
  load(): Promise<string | null>;
  store(secret: string): Promise<void>;
  remove(): Promise<void>;
}

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
      try {
        return await encryption.decrypt(bytes);
      } catch (error) {
        throw new SecretLost('No key of the system opens the file.', { cause: error });
      }
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

/** Longer than what a store itself allows for, so that its own word is heard. */
const answerWithinMs = 40_000;

/** Which way kept a session last. It is no secret, and outlives the way itself. */
export type Whereabouts = {
  get(): SecretStore['protection'] | null;
  set(protection: SecretStore['protection'] | null): void;
};

export type SessionVaultOptions = {
  /** The best first. */
  stores: SecretStore[];
  whereabouts: Whereabouts;
  now: () => number;
  onTrouble: (protection: string, error: unknown) => void;
  /** A store that had the session has it no more, as when somebody empties the keyring. */
  onWiped: () => void;
  /** Reading asks the person for nothing, so that the stores may be looked into now and then. */
  isQuiet: boolean;
  deadlineMs?: number;
};

type Away = 'locked' | 'away' | null;
type Found = { store: SecretStore; kept: KeptSession | null; away: Away };

/**
 * Keeps the session in the first store that works, and at hand while the app runs. Reading looks through all of them
 * and takes the latest: a better store may have been away when that was kept, and still hold a token which the server
 * takes for stolen when it comes a second time. A secret is never written in plain.
 */
export class SessionVault {
  readonly #stores: SecretStore[];
  readonly #options: SessionVaultOptions;
  #held: KeptSession | null = null;
  #protection: SecretStore['protection'] = 'memory';
  #away: Away = null;
  #isLost = false;
  /** What could not be removed lies in a store that is locked. */
  #isUncleared = false;

  constructor(options: SessionVaultOptions) {
    this.#options = options;
    this.#stores = options.stores;
  }

  /** What keeps the session that was read or written last. */
  get protection(): SecretStore['protection'] {
    return this.#protection;
  }

  /** Why the best store did not serve when it was last tried; null: it did. */
  get away(): Away {
    return this.#away;
  }

  /** A session was kept, in a store that serves and does not have it any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Null when nobody is signed in. Rejects with KeyringUnavailable when that is not known: it may be had later. */
  async load(): Promise<StoredSession | null> {
    const before = this.#options.whereabouts.get();
    const found = await Promise.all(this.#stores.map((store) => this.#read(store)));
    this.#away = found[0]?.away ?? null;
    let latest = this.#held;
    for (const { store, kept, away } of found) {
      const wasHere = this.#held !== null && this.#protection === store.protection;
      if (wasHere && !kept && !away) this.#wiped();
      // What was kept in memory alone ended with the app; a token that lies elsewhere is one from before it.
      if (!kept || (!this.#held && before === 'memory')) continue;
      if (!latest || kept.keptAtMs > latest.keptAtMs) {
        latest = kept;
        this.#protection = store.protection;
      }
    }
    this.#held = latest;
    this.#isLost = false;
    if (latest) return sessionOf(latest);
    const unread = found.find(
      ({ store, away }) => away && (before === null || before === store.protection),
    );
    if (unread?.away) throw new KeyringUnavailable(unread.away, 'The session cannot be read.');
    this.#isLost = before === 'keychain' || before === 'system';
    return null;
  }

  /** Stores in the best way that works and leaves nothing in the others. */
  async save(session: StoredSession): Promise<void> {
    // Later than the one before, even where the clock was put back.
    const keptAtMs = Math.max(this.#options.now(), (this.#held?.keptAtMs ?? 0) + 1);
    this.#held = { ...session, keptAtMs };
    this.#isUncleared = false;
    await this.#write(this.#held);
  }

  /** Moves the session to a better store where there is one again, and puts it back where it was wiped away. */
  async settle(): Promise<void> {
    if (this.#isUncleared) await this.clear();
    if (!this.#held) return;
    const isInBest = () => this.#protection === this.#stores[0]?.protection;
    if (isInBest() && this.#options.isQuiet) await this.load();
    if (!isInBest()) await this.#write(this.#held);
  }

  /** Forgets the session. Where a store is locked, `settle` removes what it holds as soon as it is not. */
  async clear(): Promise<void> {
    this.#held = null;
    this.#protection = 'memory';
    let isCleared = true;
    for (const store of this.#stores) {
      const removed = await this.#attempt(store, () => store.remove());
      if ('away' in removed) isCleared = false;
    }
    this.#isUncleared = !isCleared;
    // What may still lie somewhere is not taken for a session at the next start.
    this.#options.whereabouts.set(isCleared ? null : 'memory');
  }

  #wiped(): void {
    this.#protection = 'memory';
    this.#options.onWiped();
  }

  async #write(kept: KeptSession): Promise<void> {
    let stored: SecretStore | null = null;
    for (const [index, store] of this.#stores.entries()) {
      if (stored) {
        await this.#attempt(store, () => store.remove());
        continue;
      }
      const done = await this.#attempt(store, () => store.store(JSON.stringify(kept)));
      if (index === 0) this.#away = 'away' in done ? done.away : null;
      if (!('away' in done)) stored = store;
    }
    this.#protection = stored?.protection ?? 'memory';
    const { whereabouts } = this.#options;
    if (whereabouts.get() !== this.#protection) whereabouts.set(this.#protection);
  }

  async #read(store: SecretStore): Promise<Found> {
    const read = await this.#attempt(store, () => store.load());
    if ('away' in read) return { store, kept: null, away: read.away };
    return { store, kept: read.value === null ? null : parse(read.value), away: null };
  }

  /** `away` when it failed or took too long: a keyring may wait for a password that nobody types. */
  async #attempt<T>(
    store: SecretStore,
    work: () => Promise<T>,
  ): Promise<{ value: T } | { away: Away }> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error('It did not answer in time.'));
      }, this.#options.deadlineMs ?? answerWithinMs);
    });
    try {
      return { value: await Promise.race([work(), overdue]) };
    } catch (error) {
      this.#options.onTrouble(store.protection, error);
      if (error instanceof SecretLost) return { away: null };
      return { away: error instanceof KeyringUnavailable ? error.why : 'away' };
    } finally {
      clearTimeout(timer);
    }
  }
}

function sessionOf({ keptAtMs: _keptAtMs, ...session }: KeptSession): StoredSession {
  return session;
}

function parse(text: string): KeptSession | null {
  try {
    return KeptSession.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
