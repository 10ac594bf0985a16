import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '@parley/shared/protocol/message.ts';
import { aMessage, aUser, idOf } from '../../../../../packages/shared/test/entities.ts';
import { aView, viewChannelId } from '../../../test/views.ts';
import { unsentDraft } from './held-draft.ts';
import { databaseName, openIndexedDbStorage } from './indexed-db-storage.ts';
import type { CachedView, Storage } from './storage.ts';

const server = 'https://chat.example.com';
const userId = idOf(1);
const open: Storage[] = [];

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()));
afterEach(() => {
  for (const storage of open.splice(0)) storage.close();
});

async function openStorage(): Promise<Storage> {
  const storage = await openIndexedDbStorage(server, userId);
  open.push(storage);
  return storage;
}

/** What the next run of the app would paint. */
async function stored(): Promise<CachedView | null> {
  return (await openStorage()).loadView();
}

/** The rows that are written while this runs, by table and key. */
async function rowsWritten(work: () => Promise<void>): Promise<string[]> {
  const rows: string[] = [];
  const { put } = IDBObjectStore.prototype;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    value,
    key,
  ) {
    rows.push(`${this.name} ${JSON.stringify(key)}`);
    return put.call(this, value, key);
  });
  await work();
  vi.restoreAllMocks();
  return rows;
}

function reactive({ messages: [message] }: CachedView['timelines'][number]): Message {
  if (!message) throw new Error('there is no message');
  return new Proxy(message, {});
}

describe('a stored view', () => {
  it('is nothing at first, and then what was written last', async () => {
    const storage = await openStorage();
    expect(await storage.loadView()).toBeNull();
    await storage.saveView(aView(1));
    const last = aView(2, ['hello', 'again']);
    last.snapshot.users.pop();
    await storage.saveView(last);
    expect(await stored()).toEqual(last);
  });

  it('is written only where it has changed', async () => {
    const storage = await openStorage();
    const view = aView(1);
    expect((await rowsWritten(() => storage.saveView(view))).length).toBe(6);
    const { snapshot, timelines } = view;
    // The list is another one and the messages are the same.
    const same = timelines.map((each) => ({ ...each, messages: [...each.messages] }));
    const moved = { snapshot: { ...snapshot, position: 2 }, timelines: same };
    expect(await rowsWritten(() => storage.saveView(moved))).toEqual(['head "head"']);
    const message = aMessage({ channelId: viewChannelId, number: 2, id: idOf(0x1001) });
    const users = [...snapshot.users, aUser(idOf(3))];
    const grown = {
      snapshot: { ...snapshot, position: 3, users },
      timelines: timelines.map((each) => ({ ...each, messages: [...each.messages, message] })),
    };
    expect(await rowsWritten(() => storage.saveView(grown))).toEqual([
      'head "head"',
      `users "${idOf(3)}"`,
      `timelines "${viewChannelId}"`,
    ]);
    expect(await stored()).toEqual(grown);
  });

  it('is not written again where it is as it was read', async () => {
    await (await openStorage()).saveView(aView(1));
    const storage = await openStorage();
    const view = await storage.loadView();
    if (!view) throw new Error('nothing was stored');
    expect(await rowsWritten(() => storage.saveView(view))).toEqual(['head "head"']);
  });

  it('is replaced as a whole when another tab has written meanwhile', async () => {
    const [here, there] = [await openStorage(), await openStorage()];
    const mine = aView(1);
    await here.saveView(mine);
    const theirs = aView(9, ['theirs']);
    theirs.snapshot.users.push(aUser(idOf(3)));
    await there.saveView(theirs);
    const moved = { ...mine, snapshot: { ...mine.snapshot, position: 10 } };
    await here.saveView(moved);
    expect(await stored()).toEqual(moved);
    // A tab that has only read it since is the one that knows it.
    await there.loadView();
    await here.saveView(mine);
    expect(await stored()).toEqual(mine);
  });

  it('is all of one moment: what cannot be written leaves the one before, and the next is whole', async () => {
    const storage = await openStorage();
    const before = aView(1);
    await storage.saveView(before);
    const bad = aView(2, ['changed']);
    // A proxy, as reactive state is made of, cannot be stored.
    const timelines = bad.timelines.map((each) => ({ ...each, messages: [reactive(each)] }));
    await expect(storage.saveView({ ...bad, timelines })).rejects.toThrow();
    expect(await stored()).toEqual(before);
    await storage.saveView(bad);
    expect(await stored()).toEqual(bad);
  });

  it.each([
    ['users', idOf(2), { id: idOf(2) }],
    ['users', idOf(2), null],
    ['conversations', viewChannelId, { channel: {}, membership: {} }],
    ['timelines', viewChannelId, { channelId: viewChannelId, messages: [{ text: 'half' }] }],
    ['timelines', viewChannelId, 'nonsense'],
    ['head', 'head', { position: 7 }],
    ['head', 'head', undefined],
    ['head', 'head', { ...aView(1).snapshot, format: 1 }],
  ])('is thrown away when a row of its %s cannot be read (%#)', async (table, key, row) => {
    const storage = await openStorage();
    await storage.putDraft('place', unsentDraft('begun'));
    await storage.saveView(aView(1));
    const db = await openDB(databaseName(server, userId));
    await db.put(table, row, key);
    const next = await openStorage();
    expect(await next.loadView()).toBeNull();
    for (const each of ['head', 'users', 'conversations', 'timelines']) {
      expect(await db.count(each)).toBe(0);
    }
    db.close();
    expect(await next.loadDrafts()).toEqual(new Map([['place', unsentDraft('begun')]]));
    await next.saveView(aView(2));
    expect(await stored()).toEqual(aView(2));
  });
});
