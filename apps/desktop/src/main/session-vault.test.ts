import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createEncryptedFileStore,
  createKeychainStore,
  SessionVault,
  type Encryption,
  type SecretStore,
  type StoredSession,
  type Whereabouts,
} from './session-vault.ts';
import { keyOf } from '../bridge/settings.ts';
import type { Keytar } from './keyring.ts';

const session: StoredSession = {
  server: 'https://chat.example.com',
  sessionId: '01900000-0000-7000-8000-000000000001',
  userId: '01900000-0000-7000-8000-000000000002',
  refreshToken: 'a-token-that-nobody-may-read',
  nonce: null,
};
const { server, userId } = session;
const account = { server, userId };
const entry = `Parley (test)/${server} ${userId}`;
const later = { ...session, refreshToken: 'the-token-after-it' };

/** A keychain that can be locked: then every call fails. */
class TestKeyring implements Keytar {
  readonly entries = new Map<string, string>();
  state: 'open' | 'broken' | 'silent' = 'open';

  getPassword(service: string, account: string): Promise<string | null> {
    return this.#answer(() => this.entries.get(`${service}/${account}`) ?? null);
  }
  setPassword(service: string, account: string, password: string): Promise<void> {
    return this.#answer(() => void this.entries.set(`${service}/${account}`, password));
  }
  deletePassword(service: string, account: string): Promise<boolean> {
    return this.#answer(() => this.entries.delete(`${service}/${account}`));
  }

  #answer<T>(act: () => T): Promise<T> {
    if (this.state === 'silent') return new Promise<T>(() => undefined);
    if (this.state === 'broken') return Promise.reject(new Error('no such secret service'));
    return Promise.resolve(act());
  }
}

/** Not safe, but not plain either. */
function testEncryption(): Encryption & { isThere: boolean } {
  const turn = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0xff));
  return {
    isThere: true,
    isAvailable() {
      return Promise.resolve(this.isThere);
    },
    encrypt: (text) => Promise.resolve(turn(Buffer.from(text))),
    decrypt: (bytes) => {
      const text = turn(bytes).toString();
      return text.startsWith('{')
        ? Promise.resolve(text)
        : Promise.reject(new Error('no key fits'));
    },
  };
}

let folder: string;
let keyring: TestKeyring;
let encryption: ReturnType<typeof testEncryption>;
let clock: number;
const kept = new Map<string, SecretStore['protection']>();
const rememberedBy = (key: string): Whereabouts => ({
  get: () => kept.get(key) ?? null,
  set(protection) {
    if (protection === null) kept.delete(key);
    else kept.set(key, protection);
  },
});
const troubles = vi.fn((_protection: string, _error: unknown) => undefined);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-vault-'));
  keyring = new TestKeyring();
  encryption = testEncryption();
  clock = 1_000;
  kept.clear();
  troubles.mockClear();
});
afterEach(() => rm(folder, { recursive: true }));

/** A vault as a start of the app makes it. */
const start = (stores?: SecretStore[], whereabouts = rememberedBy('')) =>
  new SessionVault({
    stores: stores ?? [
      createKeychainStore(keyring, 'test', account),
      createEncryptedFileStore(encryption, folder, account),
    ],
    whereabouts,
    isQuiet: true,
    now: () => clock,
    onTrouble: troubles,
    onWiped: vi.fn(),
    deadlineMs: 20,
  });

async function filesWith(text: string): Promise<string[]> {
  const names = await readdir(folder);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')));
  return names.filter((_name, index) => contents[index]?.includes(text));
}

describe('the vault', () => {
  it('keeps the session in the keychain, under the name of the profile, and nowhere else', async () => {
    const vault = start();
    await vault.save(session);
    expect(vault.protection).toBe('keychain');
    expect([...keyring.entries.keys()]).toEqual([entry]);
    expect(await readdir(folder)).toEqual([]);
    const next = start();
    expect(await next.load()).toEqual(session);
    expect(next.protection).toBe('keychain');
    expect(troubles).not.toHaveBeenCalled();
  });

  it.each(['broken', 'silent'] as const)(
    'takes the encryption of the system when the keychain is %s',
    async (state) => {
      keyring.state = state;
      const vault = start();
      await vault.save(session);
      expect(vault.protection).toBe('system');
      expect(troubles).toHaveBeenCalledWith('keychain', expect.any(Error));
      expect(await readdir(folder)).toEqual([expect.stringMatching(/^session-[0-9a-f]{32}\.bin$/)]);
      expect(await filesWith(session.refreshToken)).toEqual([]);
      expect(await start().load()).toEqual(session);
    },
  );

  it('keeps it in memory alone when nothing protects it, and says so', async () => {
    keyring.state = 'broken';
    encryption.isThere = false;
    const vault = start();
    await vault.save(session);
    expect(vault.protection).toBe('memory');
    expect(await vault.load()).toEqual(session);
    expect(await readdir(folder)).toEqual([]);
    expect(await start().load()).toBeNull();
  });

  it('moves back to the keychain when that is there again, and leaves nothing behind', async () => {
    keyring.state = 'broken';
    const vault = start();
    await vault.save(session);
    keyring.state = 'open';
    await vault.save(later);
    expect(vault.protection).toBe('keychain');
    expect(await readdir(folder)).toEqual([]);
    expect(await start().load()).toEqual(later);
  });

  it('takes the latest when a better store was away and still holds an older one', async () => {
    const vault = start();
    await vault.save(session);
    keyring.state = 'broken';
    await vault.save(later);
    keyring.state = 'open';
    const next = start();
    expect(await next.load()).toEqual(later);
    expect(next.protection).toBe('system');
  });

  it('knows the latest where the clock was put back', async () => {
    await start().save(session);
    clock = 500;
    const vault = start();
    await vault.load();
    keyring.state = 'broken';
    await vault.save(later);
    keyring.state = 'open';
    expect(await start().load()).toEqual(later);
  });

  it('has nothing when the file is broken, and writes over it', async () => {
    keyring.state = 'broken';
    await start().save(session);
    const [file = ''] = await readdir(folder);
    await writeFile(join(folder, file), 'not what was written');
    const vault = start();
    expect(await vault.load()).toBeNull();
    expect(troubles).toHaveBeenCalledWith('system', expect.any(Error));
    await vault.save(session);
    expect(await start().load()).toEqual(session);
  });

  it.each(['', 'null', '{', '{"refreshToken":"x"}'])(
    'has nothing when the keychain holds what is no session: %j',
    async (text) => {
      keyring.entries.set(entry, text);
      expect(await start().load()).toBeNull();
    },
  );

  it('reads what a version before it kept', async () => {
    keyring.entries.set(entry, JSON.stringify(session));
    expect(await start().load()).toEqual(session);
  });

  it('keeps the sessions of two accounts apart, on one server or with one id on two', async () => {
    for (const state of ['open', 'broken'] as const) {
      keyring.state = state;
      const others = [
        { server: 'https://other.example', userId },
        { server, userId: '01900000-0000-7000-8000-000000000003' },
      ];
      const vaults = [account, ...others].map((of) => ({
        of,
        open: () =>
          start(
            [
              createKeychainStore(keyring, 'test', of),
              createEncryptedFileStore(encryption, folder, of),
            ],
            rememberedBy(keyOf(of)),
          ),
      }));
      for (const { of, open } of vaults) await open().save({ ...session, ...of });
      await vaults[1]?.open().clear();
      expect(await Promise.all(vaults.map(({ open }) => open().load()))).toEqual([
        session,
        null,
        { ...session, ...others[1] },
      ]);
      await Promise.all(vaults.map(({ open }) => open().clear()));
    }
  });

  it('forgets everywhere', async () => {
    const vault = start();
    keyring.state = 'broken';
    await vault.save(session);
    keyring.state = 'open';
    await vault.clear();
    expect(await readdir(folder)).toEqual([]);
    expect([...keyring.entries]).toEqual([]);
    expect(await vault.load()).toBeNull();
  });

  it('is not troubled by a system without encryption while nothing is kept there', async () => {
    encryption.isThere = false;
    await start().save(session);
    await start().load();
    expect(troubles).not.toHaveBeenCalled();
  });
});
