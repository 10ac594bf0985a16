import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable, Transaction } from '../../database/client.ts';
import { toDraft } from '../../database/entities/draft.ts';
import { findFile, type FileRow } from '../../database/entities/file.ts';
import { drafts, files } from '../../database/schema.ts';
import type { Actor } from '../handler.ts';
import { seeMessage } from '../messages/queries.ts';
import { alreadySent, fileNotFound, takeAlong } from './rules.ts';

/** The rows of these files, deleted ones too. */
export async function filesById(
  queryable: Queryable,
  fileIds: Id[],
): Promise<ReadonlyMap<Id, FileRow>> {
  if (fileIds.length === 0) return new Map();
  const rows = await queryable.select().from(files).where(inArray(files.id, fileIds));
  return new Map(rows.map((row) => [row.id, row]));
}

/** The files that a person names for a draft, or what is wrong with them. */
export async function ownFiles(tx: Transaction, userId: Id, fileIds: Id[]): Promise<File[]> {
  return takeAlong(userId, fileIds, await filesById(tx, fileIds));
}

/**
 * Deletes files of one person: from now on nobody is given them, and drafts that have them go on without. Returns what
 * is to be told of that, from the position on. Their bytes go after the transaction.
 */
export async function deleteFiles(
  tx: Transaction,
  owner: Id,
  fileIds: Id[],
  at: { now: Date; nextPosition: number },
): Promise<NewEvent[]> {
  if (fileIds.length === 0) return [];
  await tx
    .update(files)
    .set({ deletedAt: at.now })
    .where(and(inArray(files.id, fileIds), isNull(files.deletedAt)));
  return withdrawFromDrafts(tx, owner, new Set(fileIds), at);
}

/** A draft of which nothing is left then is cleared. */
async function withdrawFromDrafts(
  tx: Transaction,
  userId: Id,
  fileIds: ReadonlySet<Id>,
  { now, nextPosition }: { now: Date; nextPosition: number },
): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  const kept = await tx
    .select()
    .from(drafts)
    .where(and(eq(drafts.userId, userId), sql`${drafts.files} <> '[]'::jsonb`))
    .orderBy(drafts.placeId);
  for (const row of kept) {
    const left = row.files.filter(({ id }) => !fileIds.has(id));
    if (left.length === row.files.length) continue;
    const { channelId, placeId } = row;
    const isThis = and(eq(drafts.userId, userId), eq(drafts.placeId, placeId));
    const threadRootId = placeId === channelId ? null : placeId;
    const version = nextPosition + events.length;
    const change = { files: left, version, updatedAt: now };
    const isEmpty = left.length === 0 && row.text === '';
    if (isEmpty) await tx.delete(drafts).where(isThis);
    else await tx.update(drafts).set(change).where(isThis);
    const draft = isEmpty ? null : toDraft({ ...row, ...change });
    events.push({
      audience: `user:${userId}`,
      type: 'draft.updated',
      data: { channelId, threadRootId, draft },
    });
  }
  return events;
}

/** As much of the writer's transaction as is needed here. */
type Writing = { tx: Transaction; actor: Actor | null; now: Date; nextPosition: number };

/** Gives up what somebody has uploaded, whole or in part, for no message yet. Runs in the writer, like any change. */
export async function terminateUpload(
  { tx, actor, now, nextPosition }: Writing,
  fileId: Id,
): Promise<{ output: null; events: NewEvent[] }> {
  const row = await findFile(tx, fileId);
  if (!actor || row?.uploadedBy !== actor.userId) throw fileNotFound();
  if (row.messageId !== null) throw alreadySent();
  return {
    output: null,
    events: await deleteFiles(tx, actor.userId, [fileId], { now, nextPosition }),
  };
}

/**
 * The file that the actor may have: their own that no message has, and those of messages that they may read, their own
 * no longer than these. What there is not and what is
 * not for them is both `not_found`; their own that is not complete is a `conflict`.
 */
export async function seeFile(queryable: Queryable, actor: Actor, fileId: Id): Promise<FileRow> {
  const row = await findFile(queryable, fileId);
  if (!row) throw fileNotFound();
  if (row.messageId !== null) await assertMayRead(queryable, actor, row.messageId);
  else if (row.uploadedBy !== actor.userId) throw fileNotFound();
  if (row.completedAt !== null) return row;
  throw new ParleyError('conflict', 'The upload is not complete. Finish it first.', {
    reason: 'upload_incomplete',
  });
}

async function assertMayRead(queryable: Queryable, actor: Actor, messageId: Id): Promise<void> {
  try {
    const { row } = await seeMessage(queryable, actor, messageId);
    if (row.deletedAt === null) return;
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'not_found') throw error;
  }
  throw fileNotFound();
}

type Holder = { id: Id; channelId: Id };
type Attachment = { fileId: Id; messageId: Id; channelId: Id; place: number };

/** The files that messages of one group name, as each message takes its own. */
export class NamedFiles {
  readonly #rows: Map<Id, FileRow>;
  readonly #attachments: Attachment[] = [];

  /** Those that were read; none of them for messages without files. */
  constructor(rows: ReadonlyMap<Id, FileRow> = new Map<Id, FileRow>()) {
    this.#rows = new Map(rows);
  }

  static async read(tx: Transaction, fileIds: Id[]): Promise<NamedFiles> {
    return new NamedFiles(await filesById(tx, fileIds));
  }

  /** Gives the message these files of its author. Throws, and gives none, where one cannot be given. */
  attach(userId: Id, fileIds: Id[], { id: messageId, channelId }: Holder): File[] {
    const taken = takeAlong(userId, fileIds, this.#rows);
    for (const [place, fileId] of fileIds.entries()) {
      const row = this.#rows.get(fileId);
      if (row) this.#rows.set(fileId, { ...row, messageId });
      this.#attachments.push({ fileId, messageId, channelId, place });
    }
    return taken;
  }

  /** What writes down which message has which file: nothing where none has any. */
  attachments(sql: Sql | TransactionSql): PendingQuery<Row[]>[] {
    const given = this.#attachments;
    if (given.length === 0) return [];
    return [
      sql`
        update files f set message_id = r.message_id, channel_id = r.channel_id, place = r.place
        from unnest(
          ${given.map(({ fileId }) => fileId)}::uuid[],
          ${given.map(({ messageId }) => messageId)}::uuid[],
          ${given.map(({ channelId }) => channelId)}::uuid[],
          ${given.map(({ place }) => place)}::int[]) as r(id, message_id, channel_id, place)
        where f.id = r.id`,
    ];
  }
}
