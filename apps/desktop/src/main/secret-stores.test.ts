import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretStores, type AnySafeStorage } from './secret-stores.ts';
import type { Keytar } from './keyring.ts';

const keytar: Keytar = {
  getPassword: () => Promise.resolve(null),
  setPassword: () => Promise.resolve(),
  deletePassword: () => Promise.resolve(true),
};
const turned = (text: string) => Buffer.from(text).reverse().toString();

/** The encryption of an Electron that knows only blocking calls. */
function safeStorage(backend: string | undefined): AnySafeStorage {
  return {
    isEncryptionAvailable: () => true,
    encryptString: (text) => Buffer.from(turned(text)),
    decryptString: (bytes) => turned(bytes.toString()),
    ...(backend !== undefined && { getSelectedStorageBackend: () => backend }),
  };
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-stores-'));
});
afterEach(() => rm(folder, { recursive: true }));

function stores(options: Partial<Parameters<typeof secretStores>[0]> = {}) {
  return secretStores({
    account: {
      server: 'https://chat.example.com',
      userId: '01900000-0000-7000-8000-000000000002',
    },
    profile: '',
    folder,
    safeStorage: safeStorage('gnome_libsecret'),
    platform: 'linux',
    keyringState: () => Promise.resolve('open'),
    keychain: keytar,
    ...options,
  });
}

/** The encrypted file alone. */
function fileStore(options: Partial<Parameters<typeof secretStores>[0]>) {
  const store = stores(options).find(({ protection }) => protection === 'system');
  if (!store) throw new Error('the system is not among the stores');
  return store;
}

describe('the stores of secrets', () => {
  it('are the keychain, then the encryption of the system', () => {
    expect(stores().map(({ protection }) => protection)).toEqual(['keychain', 'system']);
  });

  it('do without the keychain where its library cannot be loaded', () => {
    expect(stores({ keychain: null }).map(({ protection }) => protection)).toEqual(['system']);
  });

  it.each(['basic_text', 'unknown', undefined])(
    'never write with the backend %s of Linux, which is no protection',
    async (backend) => {
      const store = fileStore({ safeStorage: safeStorage(backend) });
      await expect(store.store('secret')).rejects.toThrow('no encryption');
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('never write where the system has no key', async () => {
    const without = { ...safeStorage('gnome_libsecret'), isEncryptionAvailable: () => false };
    await expect(fileStore({ safeStorage: without }).store('secret')).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  it('need no name of a backend elsewhere than on Linux', async () => {
    const store = fileStore({ platform: 'darwin', safeStorage: safeStorage(undefined) });
    await store.store('secret');
    expect(await store.load()).toBe('secret');
  });

  it('write what the system encrypted, for its owner alone', async () => {
    const store = fileStore({});
    await store.store('secret');
    const [file = ''] = await readdir(folder);
    expect(await readFile(join(folder, file), 'utf8')).toBe('terces');
    expect(await store.load()).toBe('secret');
    await store.remove();
    expect(await store.load()).toBeNull();
  });

  it('take the calls that do not block where Electron has them', async () => {
    const refuse = () => {
      throw new Error('a blocking call');
    };
    const store = fileStore({
      safeStorage: {
        isEncryptionAvailable: refuse,
        encryptString: refuse,
        decryptString: refuse,
        getSelectedStorageBackend: () => 'gnome_libsecret',
        isAsyncEncryptionAvailable: () => Promise.resolve(true),
        encryptStringAsync: (text) => Promise.resolve(Buffer.from(turned(text))),
        decryptStringAsync: (bytes) => Promise.resolve({ result: turned(bytes.toString()) }),
      },
    });
    await store.store('secret');
    expect(await store.load()).toBe('secret');
  });
});
