import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import { z } from 'zod';
import { errorCodes } from '@parley/shared/protocol/errors.ts';
import { File } from '@parley/shared/protocol/file.ts';
import { randomNonce } from './nonce.ts';
import { unsentDraft } from './held-draft.ts';
import {
  bytesOf,
  maxStoredBytes,
  storageFull,
  type Along,
  type Storage,
  type StoredAttachment,
} from './storage.ts';
import { StoredView } from './stored-view.ts';
import { tableNames, type Tables } from './tables.ts';

const databaseVersion = 3;

const Failure = z.object({
  // A version that was taken back may have known more of them; what the person wrote stays.
  code: z.enum(errorCodes).catch('internal'),
  reason: z.string().exactOptional(),
});

const Item = z.object({
  nonce: z.string(),
  channelId: z.string(),
  threadRootId: z.string().exactOptional(),
  alsoToChannel: z.boolean(),
  text: z.string(),
  createdAt: z.string(),
  sequence: z.number(),
  attachmentIds: z.array(z.string()).exactOptional(),
  failure: Failure.nullable(),
});

// Before files, neither a draft nor what it was based on had any.
const StoredDraft = z.object({
  text: z.string(),
  files: z.array(File).default([]),
  base: z.object({
    version: z.int(),
    text: z.string(),
    fileIds: z.array(z.string()).default([]),
  }),
  sent: z.array(z.string()),
  epoch: z.string(),
  seenAt: z.int(),
});
/** Before drafts went over devices, a row was the text. */
const DraftRow = z.union([StoredDraft, z.string().transform((text) => unsentDraft(text))]);

const Attachment = z.object({
  id: z.string(),
  place: z.string(),
  nonce: z.string().nullable(),
  sequence: z.number(),
  name: z.string(),
  mediaType: z.string(),
  bytes: z.int().min(0),
  uploadId: z.string().nullable(),
  file: File.nullable(),
  failure: Failure.nullable(),
});

const strict = { durability: 'strict' } as const;

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
    putOutbox: async (item, replaced, along) => {
      const transaction = db.transaction(withOutbox, 'readwrite', strict);
      const store = transaction.objectStore('outbox');
      await write(transaction, function* () {
        yield store.put({ ...item }, item.nonce);
        if (typeof replaced === 'string' && replaced !== item.nonce) yield store.delete(replaced);
        yield* takeAlong(transaction, along);
        if (!along?.draft) return;
        const drafts = transaction.objectStore('drafts');
        const { key, left } = along.draft;
        yield left === null ? drafts.delete(key) : drafts.put(left, key);
      });
    },
    deleteOutbox: async (nonce, along) => {
      const transaction = db.transaction(withOutbox, 'readwrite', strict);
      await write(transaction, function* () {
        yield transaction.objectStore('outbox').delete(nonce);
        yield* takeAlong(transaction, along);
      });
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
    putDraft: async (key, draft, gone = []) => {
      // Over the attachments in any case: what was begun before with those comes before it.
      const transaction = db.transaction(withDrafts, 'readwrite');
      const store = transaction.objectStore('drafts');
      await write(transaction, function* () {
        yield draft === null ? store.delete(key) : store.put(draft, key);
        yield* takeAlong(transaction, { gone });
      });
    },
    loadAttachments: async () => {
      const rows = await db.getAll('attachments');
      return rows.flatMap((row) => Attachment.safeParse(row).data ?? []);
    },
    addAttachments: (added) => addAttachments(db, added),
    putAttachments: async (changed) => {
      const transaction = db.transaction(ofAttachments, 'readwrite', strict);
      await write(transaction, () => takeAlong(transaction, { put: changed }));
    },
    deleteAttachments: async (gone) => {
      const transaction = db.transaction(ofAttachments, 'readwrite');
      await write(transaction, () => takeAlong(transaction, { gone }));
    },
    loadBlob: async (id) => {
      const blob: unknown = await db.get('blobs', id);
      return blob instanceof Blob ? blob : null;
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

const ofAttachments = ['attachments', 'blobs'] as const;
const withOutbox = ['outbox', 'drafts', ...ofAttachments] as const;
const withDrafts = ['drafts', ...ofAttachments] as const;
type Writing = {
  objectStore(name: 'attachments' | 'blobs'): {
    put(value: StoredAttachment, key: string): Promise<unknown>;
    delete(key: string): Promise<unknown>;
  };
};

/** What becomes of attachments in a transaction. */
function* takeAlong(transaction: Writing, { put = [], gone = [] }: Along = {}): Steps {
  const rows = transaction.objectStore('attachments');
  const blobs = transaction.objectStore('blobs');
  for (const each of put) yield rows.put({ ...each }, each.id);
  for (const id of gone) {
    yield rows.delete(id);
    yield blobs.delete(id);
  }
}

async function addAttachments(
  db: IDBPDatabase<Tables>,
  added: Parameters<Storage['addAttachments']>[0],
): Promise<void> {
  const transaction = db.transaction(ofAttachments, 'readwrite', strict);
  const rows = transaction.objectStore('attachments');
  const blobs = transaction.objectStore('blobs');
  // What other tabs keep counts as well.
  const known = (await rows.getAll()).flatMap((row) => Attachment.safeParse(row).data ?? []);
  const all = [...known, ...added.map(({ attachment }) => attachment)];
  await write(transaction, function* () {
    if (bytesOf(all) > maxStoredBytes) throw storageFull();
    for (const { attachment, blob } of added) {
      yield rows.put({ ...attachment }, attachment.id);
      yield blobs.put(blob, attachment.id);
    }
  });
}

type Steps = Generator<Promise<unknown>, void>;

/** Does all the steps of a transaction or none, and waits until they are stored. */
async function write(
  transaction: { readonly done: Promise<void>; abort(): void },
  steps: () => Steps,
): Promise<void> {
  const begun: Promise<unknown>[] = [transaction.done];
  try {
    for (const step of steps()) begun.push(step);
  } catch (error) {
    // A step that cannot even begin throws at once, and would leave the rest to be stored.
    transaction.abort();
    await Promise.allSettled(begun);
    throw error;
  }
  const outcomes = await Promise.allSettled(begun);
  const failures = outcomes.flatMap((each) =>
    each.status === 'rejected' ? [each.reason as unknown] : [],
  );
  if (failures.length === 0) return;
  // Which of them tells of the quota differs: a request, or the transaction that was aborted for it.
  const overQuota = failures.find(
    (failure) => failure instanceof Error && failure.name === 'QuotaExceededError',
  );
  throw overQuota === undefined ? failures[0] : storageFull(overQuota);
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
