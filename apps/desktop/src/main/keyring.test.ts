import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import keytar from 'keytar';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyOf } from '../bridge/settings.ts';
import { TestSecretService } from '../../test/secret-service.ts';
import { askKeyringState, Keyring, type Keytar } from './keyring.ts';
import { secretStores, type AnySafeStorage } from './secret-stores.ts';
import { askSessionBus } from './session-bus.ts';
import { SessionVault, type StoredSession, type Whereabouts } from './session-vault.ts';

const session: StoredSession = {
  server: 'https://chat.example.com',
  sessionId: '01900000-0000-7000-8000-000000000001',
  userId: '01900000-0000-7000-8000-000000000002',
  refreshToken: 'a-token-that-nobody-may-read',
  nonce: null,
};
const account = { server: session.server, userId: session.userId };
const later = { ...session, refreshToken: 'the-token-after-it' };

/** Electron's, as far as it can be had without Electron: turned around is not plain. */
const safeStorage: AnySafeStorage = {
  isEncryptionAvailable: () => true,
  encryptString: (text) => Buffer.from(text).reverse(),
  decryptString: (bytes) => Buffer.from(bytes).reverse().toString(),
  getSelectedStorageBackend: () => 'kwallet5',
};
const withoutEncryption: AnySafeStorage = {
  ...safeStorage,
  getSelectedStorageBackend: () => 'basic_text',
};

const script = `
  const [name, ...given] = JSON.parse(process.argv[1]);
  require('keytar')[name](...given).then((answer) => console.log(JSON.stringify(answer ?? null)));
`;
const inOwnProcess = async (...asked: string[]): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=commonjs',
    '--eval',
    script,
    JSON.stringify(asked),
  ]);
  return JSON.parse(stdout);
};
/**
 * The same keytar, a process for each call: within one its library keeps to the service that it met first, where no
 * loop of GLib runs, as one does in Electron, which tells it of another.
 */
const freshKeytar: Keytar = {
  getPassword: async (...asked) => (await inOwnProcess('getPassword', ...asked)) as string | null,
  setPassword: async (...asked) => {
    await inOwnProcess('setPassword', ...asked);
  },
  deletePassword: async (...asked) => (await inOwnProcess('deletePassword', ...asked)) === true,
};

let service: TestSecretService;
let folder: string;
let kept: ReturnType<Whereabouts['get']>;
const onWiped = vi.fn();
const state = () => askKeyringState('linux', askSessionBus);

beforeAll(async () => {
  service = await TestSecretService.start();
  // Both keytar and the tool that asks find the bus by it.
  process.env.DBUS_SESSION_BUS_ADDRESS = service.address;
  await service.startKeyring();
});
afterAll(() => service.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-keyring-test-'));
  kept = null;
  library = keytar;
  onWiped.mockClear();
});
afterEach(async () => {
  service.goOn();
  await rm(folder, { recursive: true });
  await service.unlock();
  await service.wipe();
});

/** A start of the app. */
let library: Keytar;
function start(storage = withoutEncryption, keyring = new Keyring({ keytar: library, state })) {
  const vault = new SessionVault({
    stores: secretStores({
      account,
      profile: 'test',
      folder,
      safeStorage: storage,
      platform: 'linux',
      keyringState: state,
      keychain: keyring,
    }),
    whereabouts: { get: () => kept, set: (protection) => void (kept = protection) },
    isQuiet: true,
    now: Date.now,
    onTrouble: () => undefined,
    onWiped,
  });
  return { vault, keyring };
}

const inKeyring = async (from: Keytar = keytar) => {
  const text = await from.getPassword('Parley (test)', keyOf(account));
  return text === null ? null : (JSON.parse(text) as { refreshToken: string }).refreshToken;
};

describe('a keyring that is there', () => {
  it('keeps a session over a restart', async () => {
    const { vault } = start();
    await vault.save(session);
    expect(vault.protection).toBe('keychain');
    expect(await start().vault.load()).toEqual(session);
    expect(await readdir(folder)).toEqual([]);
    expect(kept).toBe('keychain');
  });
});

describe('a keyring that is locked', () => {
  it('at the start costs nobody their session: it is there once that is unlocked', async () => {
    await start().vault.save(session);
    await service.lock();
    const { vault } = start();
    await expect(vault.load()).rejects.toMatchObject({ why: 'locked' });
    expect(kept).toBe('keychain');
    await service.unlock();
    expect(await vault.load()).toEqual(session);
  });

  it('is asked for once, and again only when the person wants it', async () => {
    await start().vault.save(session);
    await service.lock();
    const asked = vi.fn((name: string, key: string) => keytar.getPassword(name, key));
    const watched: Keytar = {
      getPassword: asked,
      setPassword: (name, key, secret) => keytar.setPassword(name, key, secret),
      deletePassword: (name, key) => keytar.deletePassword(name, key),
    };
    const { vault, keyring } = start(undefined, new Keyring({ keytar: watched, state }));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(vault.load()).rejects.toMatchObject({ why: 'locked' });
    }
    expect(asked).toHaveBeenCalledTimes(1);
    keyring.letPrompt();
    await expect(vault.load()).rejects.toMatchObject({ why: 'locked' });
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('while the app runs leaves the session in memory, and gets it back when it is unlocked', async () => {
    const { vault } = start();
    await vault.save(session);
    await service.lock();
    await vault.save(later);
    expect([vault.protection, vault.away]).toEqual(['memory', 'locked']);
    expect(await vault.load()).toEqual(later);
    await vault.settle();
    expect(vault.protection).toBe('memory');
    await service.unlock();
    await vault.settle();
    expect([vault.protection, vault.away]).toEqual(['keychain', null]);
    expect(await inKeyring()).toBe(later.refreshToken);
    expect(onWiped).not.toHaveBeenCalled();
  });

  it('and held an older token is not believed after a restart', async () => {
    const { vault } = start();
    await vault.save(session);
    await service.lock();
    await vault.save(later);
    await service.unlock();
    // The app was killed: that token has been used, and a second use of it looks like a theft.
    expect(await start().vault.load()).toBeNull();
  });

  it('is not waited for by the encryption of the system, whose key is in it', async () => {
    const frozen = () => {
      throw new Error('the whole app waits for a password');
    };
    await service.lock();
    const { vault } = start({
      ...safeStorage,
      isEncryptionAvailable: frozen,
      getSelectedStorageBackend: () => 'gnome_libsecret',
    });
    await vault.save(session);
    expect([vault.protection, vault.away]).toEqual(['memory', 'locked']);
  });

  it('gives up what was forgotten meanwhile once it is unlocked', async () => {
    const { vault } = start();
    await vault.save(session);
    await service.lock();
    await vault.clear();
    await service.unlock();
    expect(await start().vault.load()).toBeNull();
    await vault.settle();
    expect(await inKeyring()).toBeNull();
  });
});

describe('a keyring that is wiped', () => {
  it('while the app runs ends nothing, is told of, and has the session again', async () => {
    const { vault } = start();
    await vault.save(session);
    await service.wipe();
    expect(await inKeyring()).toBeNull();
    await vault.settle();
    expect(onWiped).toHaveBeenCalledTimes(1);
    expect(vault.protection).toBe('keychain');
    expect(await inKeyring()).toBe(session.refreshToken);
    await vault.settle();
    expect(onWiped).toHaveBeenCalledTimes(1);
  });

  it('before a refresh does not lose the token that is refreshed', async () => {
    const { vault } = start();
    await vault.save(session);
    await service.wipe();
    expect(await vault.load()).toEqual(session);
    expect(onWiped).toHaveBeenCalledTimes(1);
  });

  it('between two starts has lost the session, and that is known', async () => {
    await start().vault.save(session);
    await service.wipe();
    const { vault } = start();
    expect(await vault.load()).toBeNull();
    expect(vault.isLost).toBe(true);
  });
});

describe('a keyring that is absent', () => {
  beforeEach(() => {
    library = freshKeytar;
  });

  it('and comes later takes the session over from the encryption of the system', async () => {
    await service.stopKeyring();
    const { vault } = start(safeStorage);
    await vault.save(session);
    expect([vault.protection, vault.away]).toEqual(['system', 'away']);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await start(safeStorage).vault.load()).toEqual(session);
    await service.startKeyring();
    await vault.settle();
    expect(vault.protection).toBe('keychain');
    expect(await readdir(folder)).toEqual([]);
    expect(await inKeyring(library)).toBe(session.refreshToken);
  });

  it('and comes later takes the session over from memory', async () => {
    await service.stopKeyring();
    const { vault } = start();
    await vault.save(session);
    expect([vault.protection, kept]).toEqual(['memory', 'memory']);
    expect(await readdir(folder)).toEqual([]);
    await service.startKeyring();
    await vault.settle();
    expect([vault.protection, kept]).toEqual(['keychain', 'keychain']);
    expect(await start().vault.load()).toEqual(session);
  });

  it('at a start costs nobody the session that is in it', async () => {
    await start().vault.save(session);
    await service.stopKeyring();
    const { vault } = start();
    await expect(vault.load()).rejects.toMatchObject({ why: 'away' });
    await service.startKeyring();
    expect(await vault.load()).toEqual(session);
  });
});

describe('a keyring that was deleted', () => {
  it('is not made anew before the person wants it, and the session goes on', async () => {
    library = freshKeytar;
    const { vault, keyring } = start();
    await vault.save(session);
    await service.deleteKeyring();
    expect(await state()).toBe('missing');
    const writes = vi.spyOn(freshKeytar, 'setPassword');
    await vault.settle();
    expect(onWiped).toHaveBeenCalledTimes(1);
    expect(await vault.load()).toEqual(session);
    const before = writes.mock.calls.length;
    await vault.settle();
    expect(writes.mock.calls.length).toBe(before);
    keyring.letPrompt();
    await vault.settle();
    expect(writes.mock.calls.length).toBe(before + 1);
    writes.mockRestore();
    await service.stopKeyring();
    await service.startKeyring();
    await vault.settle();
    expect(vault.protection).toBe('keychain');
  });
});

describe('a keyring that hangs', () => {
  it('is not waited for longer than a few seconds, and costs nothing', async () => {
    library = freshKeytar;
    await start().vault.save(session);
    service.hang();
    const began = performance.now();
    const { vault } = start();
    await expect(vault.load()).rejects.toMatchObject({ why: 'away' });
    expect(performance.now() - began).toBeLessThan(15_000);
    service.goOn();
    expect(await vault.load()).toEqual(session);
  });

  it('in the midst of a call holds one thread, whatever is asked for meanwhile', async () => {
    let calls = 0;
    const silent: Keytar = {
      getPassword: () => new Promise(() => (calls += 1)),
      setPassword: () => new Promise(() => (calls += 1)),
      deletePassword: () => new Promise(() => (calls += 1)),
    };
    const keyring = new Keyring({
      keytar: silent,
      state: () => Promise.resolve('open'),
      deadlines: { promptedMs: 20, usualMs: 20 },
    });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(keyring.getPassword('a', 'b')).rejects.toMatchObject({ why: 'away' });
    }
    expect(calls).toBe(1);
  });
});

describe('where it cannot be known whether asking shows a window', () => {
  it('a refusal of the person holds until they want it', async () => {
    const refusing = vi.fn(() => Promise.reject(new Error('User canceled the operation.')));
    const keyring = new Keyring({
      keytar: { getPassword: refusing, setPassword: refusing, deletePassword: refusing },
      state: () => Promise.resolve('unknown'),
    });
    await expect(keyring.getPassword('a', 'b')).rejects.toThrow('canceled');
    await expect(keyring.getPassword('a', 'b')).rejects.toMatchObject({ why: 'away' });
    expect(refusing).toHaveBeenCalledTimes(1);
    keyring.letPrompt();
    await expect(keyring.getPassword('a', 'b')).rejects.toThrow('canceled');
    expect(refusing).toHaveBeenCalledTimes(2);
  });
});
