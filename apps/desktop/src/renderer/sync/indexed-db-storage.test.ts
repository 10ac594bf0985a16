import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { aFile } from '../../../test/files.ts';
import { anAttachment, anItem, aView } from '../../../test/views.ts';
import { unsentDraft } from './held-draft.ts';
import { databaseName, openIndexedDbStorage } from './indexed-db-storage.ts';
import { maxStoredBytes, type Storage } from './storage.ts';

const server = 'https://chat.example.com';
const userId = idOf(1);
const name = databaseName(server, userId);
const open: Storage[] = [];
const keep = (storage: Storage, n: number, text = `bytes of ${n}`, bytes = text.length) =>
  storage.addAttachments([
    { attachment: anAttachment({ id: idOf(n), bytes }), blob: new Blob([text], { type: 'a/b' }) },
  ]);

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
      await keep(storage, 1, `of ${n}`);
    }
    await storages[0]?.wipe();
    const again = await Promise.all(accounts.map((account) => openStorage(account)));
    const held = await Promise.all(
      again.map(async (storage) => ({
        position: (await storage.loadView())?.snapshot.position,
        outbox: (await storage.loadOutbox()).map(({ text }) => text),
        drafts: [...(await storage.loadDrafts()).values()].map(({ text }) => text),
        files: (await storage.loadAttachments()).length,
        bytes: await (await storage.loadBlob(idOf(1)))?.text(),
      })),
    );
    expect(held).toEqual([
      { position: undefined, outbox: [], drafts: [], files: 0, bytes: undefined },
      { position: 2, outbox: ['of 1'], drafts: ['of 1'], files: 1, bytes: 'of 1' },
      { position: 3, outbox: ['of 2'], drafts: ['of 2'], files: 1, bytes: 'of 2' },
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

  it('keeps files with their bytes until they are forgotten, and moves them with a message', async () => {
    const before = await openStorage();
    await keep(before, 1);
    await keep(before, 2);
    const uploaded = anAttachment({
      id: idOf(2),
      uploadId: idOf(7),
      file: aFile(idOf(7)),
      failure: { code: 'conflict', reason: 'archived' },
    });
    await before.putAttachments([uploaded]);
    before.close();
    const storage = await openStorage();
    expect(await storage.loadAttachments()).toEqual([anAttachment({ bytes: 10 }), uploaded]);
    const blob = await storage.loadBlob(idOf(1));
    expect([await blob?.text(), blob?.type]).toEqual(['bytes of 1', 'a/b']);
    const item = anItem({ attachmentIds: [idOf(1), idOf(2)] });
    const taken = [idOf(1), idOf(2)].map((id) => anAttachment({ id, nonce: item.nonce }));
    await storage.putOutbox(item, null, { put: taken });
    expect(await storage.loadOutbox()).toEqual([item]);
    expect(await storage.loadAttachments()).toEqual(taken);
    await storage.deleteOutbox(item.nonce, {
      gone: [idOf(1)],
      put: [anAttachment({ id: idOf(2) })],
    });
    expect(await storage.loadOutbox()).toEqual([]);
    expect(await storage.loadAttachments()).toEqual([anAttachment({ id: idOf(2) })]);
    expect(await storage.loadBlob(idOf(1))).toBeNull();
    expect(await (await storage.loadBlob(idOf(2)))?.text()).toBe('bytes of 2');
    await storage.putDraft('place', unsentDraft('begun'));
    await storage.putOutbox(item, null, { draft: { key: 'place', left: unsentDraft('') } });
    expect((await storage.loadDrafts()).get('place')?.text).toBe('');
    await storage.putOutbox(item, null, { draft: { key: 'place', left: null } });
    expect((await storage.loadDrafts()).size).toBe(0);
    await storage.deleteOutbox(item.nonce);
    await storage.putDraft('place', unsentDraft('begun'), [idOf(2)]);
    expect(await storage.loadAttachments()).toEqual([]);
    expect(await storage.loadBlob(idOf(2))).toBeNull();
    await keep(storage, 3);
    await storage.deleteAttachments([idOf(3)]);
    expect([await storage.loadAttachments(), await storage.loadBlob(idOf(3))]).toEqual([[], null]);
  });

  it('moves no file without its message, where the disk takes neither', async () => {
    const storage = await openStorage();
    await keep(storage, 1);
    const before = await storage.loadAttachments();
    const broken = anAttachment({ nonce: anItem().nonce });
    // Structured cloning refuses it: the request throws, and nothing of the transaction may stay.
    Object.assign(broken, { name: () => undefined });
    await expect(storage.putOutbox(anItem(), null, { put: [broken] })).rejects.toThrow();
    expect([await storage.loadOutbox(), await storage.loadAttachments()]).toEqual([[], before]);
  });

  it('keeps all files or none, and no more than there is room for, whichever tab they are of', async () => {
    const [here, there] = [await openStorage(), await openStorage()];
    await keep(here, 1, 'x', maxStoredBytes - 10);
    const two = [2, 3].map((n) => ({
      attachment: anAttachment({ id: idOf(n), bytes: 6 }),
      blob: new Blob(['x']),
    }));
    const full = { code: 'conflict', reason: 'storage_full' };
    await expect(there.addAttachments(two)).rejects.toMatchObject(full);
    expect(await there.loadAttachments()).toHaveLength(1);
    expect(await there.loadBlob(idOf(2))).toBeNull();
    await there.addAttachments(two.slice(0, 1));
    await here.deleteAttachments([idOf(1)]);
    await there.addAttachments(two.slice(1));
    expect(await here.loadAttachments()).toHaveLength(2);
  });

  it('says that the device is full, whichever step finds it out', async () => {
    const storage = await openStorage();
    // As Chromium does it: the transaction is aborted when it is to be written.
    const quota = new DOMException('No room.', 'QuotaExceededError');
    const realPut = IDBObjectStore.prototype.put;
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args
    ) {
      const request = realPut.apply(this, args);
      request.addEventListener('success', () => {
        Object.defineProperty(this.transaction, 'error', {
          get: () => quota,
          set: () => undefined,
        });
        this.transaction.abort();
      });
      return request;
    });
    await expect(keep(storage, 1)).rejects.toMatchObject({
      code: 'conflict',
      reason: 'storage_full',
    });
    put.mockRestore();
    await keep(storage, 1);
  });

  it.each([
    ['nothing', null],
    ['no place', { ...anAttachment(), place: 7 }],
  ])('leaves out a file that it cannot read: %s', async (_, row) => {
    const storage = await openStorage();
    await keep(storage, 1, 'abc', 3);
    await spoil('attachments', idOf(9), row);
    expect(await storage.loadAttachments()).toEqual([anAttachment({ bytes: 3 })]);
    await spoil('blobs', idOf(1), 'no blob');
    expect(await storage.loadBlob(idOf(1))).toBeNull();
  });

  it('takes outbox and drafts of the version before files over, with nothing lost', async () => {
    const older = await openDB(name, 2, {
      upgrade: (db) => {
        for (const table of ['head', 'users', 'conversations', 'timelines', 'outbox', 'drafts']) {
          db.createObjectStore(table);
        }
      },
    });
    await older.put('outbox', anItem(), anItem().nonce);
    const { files: _, ...draft } = unsentDraft('begun');
    const base = { version: 4, text: 'beg' };
    await older.put('drafts', { ...draft, base, sent: ['begu'] }, 'place');
    older.close();
    const storage = await openStorage();
    expect(storage.wasDamaged).toBe(false);
    expect(await storage.loadOutbox()).toEqual([anItem()]);
    expect(await storage.loadDrafts()).toEqual(
      new Map([
        ['place', { ...unsentDraft('begun'), base: { ...base, fileIds: [] }, sent: ['begu'] }],
      ]),
    );
    await keep(storage, 1);
    expect(await storage.loadAttachments()).toHaveLength(1);
  });

  it('asks that what was sent is on the disk before it says so', async () => {
    const storage = await openStorage();
    const asked = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await storage.putOutbox(anItem());
    await storage.deleteOutbox(anItem().nonce);
    await keep(storage, 1);
    expect(asked.mock.calls.map(([, , options]) => options)).toEqual([
      { durability: 'strict' },
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
