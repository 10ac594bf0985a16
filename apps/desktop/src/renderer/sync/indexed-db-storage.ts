import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import { z } from 'zod';
import { errorCodes } from '@parley/shared/protocol/errors.ts';
import { randomNonce } from './nonce.ts';
import { unsentDraft } from './held-draft.ts';
import type { Storage } from './storage.ts';
import { StoredView } from './stored-view.ts';
import { tableNames, type Tables } from './tables.ts';

const databaseVersion = 2;

const Item = z.object({
  nonce: z.string(),
  channelId: z.string(),
  threadRootId: z.string().exactOptional(),
  alsoToChannel: z.boolean(),
  text: z.string(),
  createdAt: z.string(),
  sequence: z.number(),
  failure: z
    .object({
      // A version that was taken back may have known more of them; what the person wrote stays.
      code: z.enum(errorCodes).catch('internal'),
      reason: z.string().exactOptional(),
    })
    .nullable(),
});

const StoredDraft = z.object({
  text: z.string(),
  base: z.object({ version: z.int(), text: z.string() }),
  sent: z.array(z.string()),
  epoch: z.string(),
  seenAt: z.int(),
});
/** Before drafts went over devices, a row was the text. */
const DraftRow = z.union([StoredDraft, z.string().transform((text) => unsentDraft(text))]);

/** The name of an account's database: everything of one account, and nothing of another, is in it. */
export function databaseName(server: string, userId: string): string {
  return `parley:${new URL(server).origin}:${userId}`;
}

/**
 * Storage in IndexedDB. Writes of the outbox ask for strict durability: what the person has sent survives the
 * end of the app at any moment. A view that cannot be read is thrown away.
 */
export async function openIndexedDbStorage(server: string, userId: string): Promise<Storage> {
  const name = databaseName(server, userId);
  let db: IDBPDatabase<Tables>;
  let wasDamaged = false;
  try {
    db = await open(name);
  } catch {
    // Damaged beyond opening: start over rather than not at all.
    wasDamaged = true;
    await deleteDB(name);
    db = await open(name);
  }
  const view = new StoredView(db, randomNonce());
  return {
    name,
    wasDamaged,
    loadView: () => view.load(),
    saveView: (next) => view.save(next),
    loadOutbox: async () => {
      const rows = await db.getAll('outbox');
      return rows.flatMap((row) => Item.safeParse(row).data ?? []);
    },
    putOutbox: async (item, replaced) => {
      const transaction = db.transaction('outbox', 'readwrite', { durability: 'strict' });
      const { store } = transaction;
      await Promise.all([
        store.put({ ...item }, item.nonce),
        typeof replaced === 'string' && replaced !== item.nonce ? store.delete(replaced) : null,
        transaction.done,
      ]);
    },
    deleteOutbox: async (nonce) => {
      const transaction = db.transaction('outbox', 'readwrite', { durability: 'strict' });
      await Promise.all([transaction.store.delete(nonce), transaction.done]);
    },
    loadDrafts: async () => {
      // In one transaction: keys and rows belong together by their order.
      const { store } = db.transaction('drafts');
      const [keys, rows] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return new Map(
        keys.flatMap((key, index) => {
          const row = DraftRow.safeParse(rows[index]);
          return row.success ? [[key, row.data] as const] : [];
        }),
      );
    },
    putDraft: async (key, draft) => {
      if (draft === null) await db.delete('drafts', key);
      else await db.put('drafts', draft, key);
    },
    wipe: async () => {
      db.close();
      await deleteDB(name);
    },
    close: () => {
      db.close();
    },
  };
}

/** Where a newer version of the app was taken back, what it left is used as far as it can be. */
async function open(name: string): Promise<IDBPDatabase<Tables>> {
  try {
    return await openVersion(name, databaseVersion);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'VersionError')) throw error;
    const db = await openVersion(name, undefined);
    if (tableNames.every((table) => db.objectStoreNames.contains(table))) return db;
    db.close();
    throw error;
  }
}

function openVersion(name: string, version: number | undefined): Promise<IDBPDatabase<Tables>> {
  return openDB<Tables>(name, version, {
    upgrade(db) {
      // The view is fetched anew; the person's own words are kept.
      for (const table of tableNames) {
        if (!db.objectStoreNames.contains(table)) db.createObjectStore(table);
      }
    },
    blocking(_current, _blocked, event) {
      // Another tab wipes the account or is a newer version: let go at once.
      (event.target as IDBDatabase).close();
    },
  });
}
