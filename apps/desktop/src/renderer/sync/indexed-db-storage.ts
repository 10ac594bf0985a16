import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { z } from 'zod';
import { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { errorCodes } from '@parley/shared/protocol/errors.ts';
import { Message } from '@parley/shared/protocol/message.ts';
import type { CachedView, OutboxItem, Storage } from './storage.ts';

/** Rises when what is stored takes another shape; the view is then thrown away and fetched anew. */
const viewFormat = 1;

type Schema = {
  view: { key: string; value: unknown };
  outbox: { key: string; value: OutboxItem };
  drafts: { key: string; value: string };
};
type Tables = DBSchema & Schema;

const View = z.object({
  format: z.literal(viewFormat),
  snapshot: Snapshot,
  timelines: z.array(z.object({ channelId: z.string(), messages: z.array(Message) })),
});

const Item = z.object({
  nonce: z.string(),
  channelId: z.string(),
  threadRootId: z.string().exactOptional(),
  alsoToChannel: z.boolean(),
  text: z.string(),
  createdAt: z.string(),
  sequence: z.number(),
  failure: z.object({ code: z.enum(errorCodes), reason: z.string().exactOptional() }).nullable(),
});

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
  try {
    db = await open(name);
  } catch {
    // Damaged beyond opening: start over rather than not at all.
    await deleteDB(name);
    db = await open(name);
  }
  return {
    loadView: () => loadView(db),
    saveView: async (view) => {
      await db.put('view', { format: viewFormat, ...view }, 'view');
    },
    loadOutbox: async () => {
      const rows = await db.getAll('outbox');
      return rows.flatMap((row) => Item.safeParse(row).data ?? []);
    },
    putOutbox: (item) => durably(db, 'outbox', (store) => store.put({ ...item }, item.nonce)),
    deleteOutbox: (nonce) => durably(db, 'outbox', (store) => store.delete(nonce)),
    loadDrafts: async () => {
      const [keys, texts] = await Promise.all([db.getAllKeys('drafts'), db.getAll('drafts')]);
      return new Map(keys.map((key, index) => [key, String(texts[index] ?? '')]));
    },
    putDraft: async (key, text) => {
      if (text === '') await db.delete('drafts', key);
      else await db.put('drafts', text, key);
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

function open(name: string): Promise<IDBPDatabase<Tables>> {
  return openDB<Tables>(name, 1, {
    upgrade(db) {
      for (const table of ['view', 'outbox', 'drafts'] as const) db.createObjectStore(table);
    },
    blocking(_current, _blocked, event) {
      // Another tab wipes the account: let go at once.
      (event.target as IDBDatabase).close();
    },
  });
}

async function loadView(db: IDBPDatabase<Tables>): Promise<CachedView | null> {
  const stored = await db.get('view', 'view');
  if (stored === undefined) return null;
  const parsed = View.safeParse(stored);
  if (parsed.success) return parsed.data;
  await db.delete('view', 'view');
  return null;
}

type OutboxStore = {
  put(item: OutboxItem, key: string): Promise<unknown>;
  delete(key: string): Promise<unknown>;
};

async function durably(
  db: IDBPDatabase<Tables>,
  table: 'outbox',
  write: (store: OutboxStore) => Promise<unknown>,
): Promise<void> {
  const transaction = db.transaction(table, 'readwrite', { durability: 'strict' });
  await Promise.all([write(transaction.store), transaction.done]);
}
