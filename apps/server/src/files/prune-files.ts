import { rm, stat } from 'node:fs/promises';
import { and, inArray, isNotNull, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database/client.ts';
import { files } from '../database/schema.ts';
import { lockHead } from '../log/head.ts';
import type { Entry, FileFolder } from './folder.ts';
import { removeDeletedFiles } from './remove-files.ts';
import { unfinishedKeptMs, unusedKeptMs } from '../features/files/rules.ts';

/** Nobody can write while the head is locked, so what goes at a time is little. */
const atATime = 500;
/** Pages of lists may end with a file that was deleted meanwhile. */
const deletedRowsKeptMs = 24 * 3600 * 1000;
/** Nothing is being written for so long under a name of its own. */
const partsKeptMs = 3600 * 1000;

export type PrunedFiles = { unfinished: number; unused: number; removed: number; strays: number };

/** Takes away uploads that nobody went on with, files that nobody sent, and bytes that belong to neither. */
export async function pruneFiles(
  db: Database,
  folder: FileFolder,
  now: Date,
): Promise<PrunedFiles> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  const unfinished = await deleteAll(
    db,
    now,
    and(isNull(files.completedAt), lt(files.writerUntil, before(unfinishedKeptMs))),
  );
  const unused = await deleteAll(
    db,
    now,
    and(lt(files.completedAt, before(unusedKeptMs)), isInNoDraft),
  );
  const removed = await removeDeletedFiles({ db, folder });
  await db
    .delete(files)
    .where(and(isNotNull(files.removedAt), lt(files.deletedAt, before(deletedRowsKeptMs))));
  return { unfinished, unused, removed, strays: await removeStrays(db, folder, now) };
}

const isInNoDraft = sql`not exists (
  select 1 from drafts d
  where d.user_id = ${files.uploadedBy}
    and d.files @> jsonb_build_array(jsonb_build_object('id', ${files.id})))`;

/** Deletes what no message has and this is true of. While the head is locked nobody sends any of it. */
async function deleteAll(db: Database, now: Date, isPast: SQL | undefined): Promise<number> {
  const isUnsent = and(isNull(files.messageId), isNull(files.deletedAt));
  let deleted = 0;
  for (;;) {
    const some = await db.transaction(async (tx) => {
      await lockHead(tx);
      const past = tx.select({ id: files.id }).from(files).where(and(isUnsent, isPast));
      return tx
        .update(files)
        .set({ deletedAt: now })
        .where(inArray(files.id, past.limit(atATime)))
        .returning({ id: files.id });
    });
    deleted += some.length;
    if (some.length < atATime) return deleted;
  }
}

/** Bytes whose file there is not, and thumbnails that were begun only. A file has its row before its first byte. */
async function removeStrays(db: Database, folder: FileFolder, now: Date): Promise<number> {
  let removed = 0;
  for await (const entries of folder.entries()) {
    const ids = [...new Set(entries.map(({ fileId }) => fileId))];
    const rows = await db
      .select({ id: files.id })
      .from(files)
      .where(and(inArray(files.id, ids), isNull(files.deletedAt)));
    const known = new Set(rows.map(({ id }) => id));
    for (const entry of entries) {
      if (known.has(entry.fileId) && !(await isForgotten(entry, now))) continue;
      await rm(entry.path, { force: true });
      removed += 1;
    }
  }
  return removed;
}

async function isForgotten({ isPart, path }: Entry, now: Date): Promise<boolean> {
  if (!isPart) return false;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return mtimeMs < now.getTime() - partsKeptMs;
}
