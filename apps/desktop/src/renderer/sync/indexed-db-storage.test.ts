import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { anItem, aView } from '../../../test/views.ts';
import { unsentDraft } from './held-draft.ts';
import { databaseName, openIndexedDbStorage } from './indexed-db-storage.ts';
import type { Storage } from './storage.ts';

const server = 'https://chat.example.com';
const userId = idOf(1);
const name = databaseName(server, userId);
const open: Storage[] = [];

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()));
afterEach(() => {
  for (const storage of open.splice(0)) storage.close();
});

/** As the next run of the app, or another tab, opens it. */
async function openStorage(account = { server, userId }): Promise<Storage> {
  const storage = await openIndexedDbStorage(account.server, account.userId);
  open.push(storage);
  return storage;
}

/** Writes what the app itself never would. */
async function spoil(table: string, key: string, value: unknown): Promise<void> {
  const db = await openDB(name);
  await db.put(table, value, key);
  db.close();
}

describe('storage of an account', () => {
  it('brings everything back in the next run', async () => {
    const before = await openStorage();
    const item = anItem({
      threadRootId: idOf(7),
      failure: { code: 'conflict', reason: 'archived' },
    });
    await before.saveView(aView(7));
    await before.putOutbox(item);
    await before.putDraft('place', unsentDraft('begun'));
    before.close();
    const after = await openStorage();
    expect(await after.loadView()).toEqual(aView(7));
    expect(await after.loadOutbox()).toEqual([item]);
    expect(await after.loadDrafts()).toEqual(new Map([['place', unsentDraft('begun')]]));
  });

  it('keeps two accounts apart, on one server and on two, and wipes one alone', async () => {
    const accounts = [
      { server, userId },
      { server, userId: idOf(2) },
      { server: 'https://other.example.com', userId },
    ];
    const storages = await Promise.all(accounts.map((account) => openStorage(account)));
    for (const [n, storage] of storages.entries()) {
      await storage.saveView(aView(n + 1));
      await storage.putOutbox(anItem({ text: `of ${n}` }));
      await storage.putDraft('place', unsentDraft(`of ${n}`));
    }
    await storages[0]?.wipe();
    const again = await Promise.all(accounts.map((account) => openStorage(account)));
    const held = await Promise.all(
      again.map(async (storage) => ({
        position: (await storage.loadView())?.snapshot.position,
        outbox: (await storage.loadOutbox()).map(({ text }) => text),
        drafts: [...(await storage.loadDrafts()).values()].map(({ text }) => text),
      })),
    );
    expect(held).toEqual([
      { position: undefined, outbox: [], drafts: [] },
      { position: 2, outbox: ['of 1'], drafts: ['of 1'] },
      { position: 3, outbox: ['of 2'], drafts: ['of 2'] },
    ]);
    // The same server by another of its addresses' spellings is the same account.
    expect(databaseName('https://CHAT.example.com:443/', userId)).toBe(name);
  });

  it('has a message once when it is stored anew, under its new nonce alone', async () => {
    const storage = await openStorage();
    const item = anItem();
    await storage.putOutbox(item);
    await storage.putOutbox({ ...item, text: 'the same attempt' }, item.nonce);
    expect(await storage.loadOutbox()).toMatchObject([{ text: 'the same attempt' }]);
    const next = { ...item, nonce: idOf(0x901) };
    await storage.putOutbox(next, item.nonce);
    expect(await storage.loadOutbox()).toEqual([next]);
    await storage.deleteOutbox(next.nonce);
    expect(await storage.loadOutbox()).toEqual([]);
  });

  it('asks that what was sent is on the disk before it says so', async () => {
    const storage = await openStorage();
    const asked = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await storage.putOutbox(anItem());
    await storage.deleteOutbox(anItem().nonce);
    expect(asked.mock.calls.map(([, , options]) => options)).toEqual([
      { durability: 'strict' },
      { durability: 'strict' },
    ]);
  });

  it.each([
    ['nothing', null],
    ['a word', 'hello'],
    ['text of another type', { ...anItem(), text: 7 }],
    ['no place in the order', { ...anItem(), sequence: 'first' }],
    ['a failure that is none', { ...anItem(), failure: 'bad luck' }],
  ])('leaves out of the outbox what it cannot read, and nothing else: %s', async (_, row) => {
    const storage = await openStorage();
    const item = anItem({ nonce: idOf(0x901) });
    await storage.putOutbox(item);
    await spoil('outbox', idOf(0x900), row);
    expect(await storage.loadOutbox()).toEqual([item]);
  });

  it.each([[7], [null], [{ text: 'hello' }], [['hello']], [{ ...unsentDraft('x'), sent: [7] }]])(
    'leaves out a draft that it cannot read: %j',
    async (row) => {
      const storage = await openStorage();
      await storage.putDraft('a place', unsentDraft('begun'));
      await spoil('drafts', 'another place', row);
      await storage.putDraft('place of the last', unsentDraft('begun too'));
      expect([...(await storage.loadDrafts())]).toEqual([
        ['a place', unsentDraft('begun')],
        ['place of the last', unsentDraft('begun too')],
      ]);
    },
  );

  it('keeps what failed for a reason that only another version knows', async () => {
    const item = anItem({ failure: { code: 'conflict', reason: 'archived' } });
    const storage = await openStorage();
    const failure = { code: 'of_tomorrow', reason: 'archived' };
    await spoil('outbox', item.nonce, { ...item, failure });
    expect(await storage.loadOutbox()).toEqual([
      { ...item, failure: { code: 'internal', reason: 'archived' } },
    ]);
  });

  it('takes a draft from before drafts went over devices, which was its text', async () => {
    const storage = await openStorage();
    await spoil('drafts', 'a place', 'begun');
    expect(await storage.loadDrafts()).toEqual(new Map([['a place', unsentDraft('begun')]]));
  });

  it('forgets a draft that is empty', async () => {
    const storage = await openStorage();
    await storage.putDraft('place', unsentDraft('begun'));
    await storage.putDraft('place', null);
    expect(await storage.loadDrafts()).toEqual(new Map());
  });

  it("keeps the person's words from an older version, and from a newer one that was taken back", async () => {
    const older = await openDB(name, 1, {
      upgrade: (db) => void db.createObjectStore('outbox'),
    });
    await older.put('outbox', anItem(), anItem().nonce);
    older.close();
    const storage = await openStorage();
    expect(await storage.loadOutbox()).toEqual([anItem()]);
    await storage.putDraft('place', unsentDraft('begun'));
    storage.close();
    const newer = await openDB(name, 99, {
      upgrade: (db) => void db.createObjectStore('polls'),
    });
    newer.close();
    const back = await openStorage();
    expect(await back.loadOutbox()).toEqual([anItem()]);
    expect(await back.loadDrafts()).toEqual(new Map([['place', unsentDraft('begun')]]));
  });

  it('starts over when it is damaged beyond opening', async () => {
    const unusable = await openDB(name, 99, {
      upgrade: (db) => void db.createObjectStore('nothing that is known'),
    });
    unusable.close();
    const storage = await openStorage();
    // The person is told: what they had written and not sent is gone.
    expect(storage.wasDamaged).toBe(true);
    await storage.putOutbox(anItem());
    expect(await storage.loadOutbox()).toEqual([anItem()]);
    expect(await storage.loadView()).toBeNull();
    expect((await openStorage()).wasDamaged).toBe(false);
  });

  it('lets go when another tab wipes the account', async () => {
    const [here, there] = [await openStorage(), await openStorage()];
    await here.putOutbox(anItem());
    await there.wipe();
    await expect(here.putOutbox(anItem())).rejects.toThrow();
    await deleteDB(name);
    expect(await (await openStorage()).loadOutbox()).toEqual([]);
  });
});
