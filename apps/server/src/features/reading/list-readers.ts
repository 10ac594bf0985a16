import { and, asc, eq, exists, gt, gte, lte, ne, sql, type SQL } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Queryable } from '../../database/client.ts';
import type { MessageRow } from '../../database/entities/message.ts';
import { theWorkspace } from '../../database/entities/workspace.ts';
import { memberships, threadReads } from '../../database/schema.ts';
import { read, type Actor } from '../handler.ts';
import { seeMessage } from '../messages/queries.ts';

/** Who has read one's own message, in the order of their ids. */
export const listReaders = read('message.readers', async ({ db, actor }, input) => {
  const { row } = await seeMessage(db, actor, input.messageId);
  assertShown(row, actor, (await theWorkspace(db)).readReceipts);
  // Who joins begins with nothing unread, and so has not read what was there before.
  const couldRead = and(
    eq(memberships.channelId, row.channelId),
    ne(memberships.userId, row.authorId),
    lte(memberships.joinedAt, row.createdAt),
  );
  const hasRead = readBy(db, row);
  const [[counts], rows] = await Promise.all([
    db
      .select({
        total: sql<number>`(count(*) filter (where ${hasRead}))::int`,
        outOf: sql<number>`count(*)::int`,
      })
      .from(memberships)
      .where(couldRead),
    db
      .select({ userId: memberships.userId })
      .from(memberships)
      .where(
        and(
          couldRead,
          hasRead,
          input.after === undefined ? undefined : gt(memberships.userId, input.after),
        ),
      )
      .orderBy(asc(memberships.userId))
      .limit(input.limit + 1),
  ]);
  const userIds = rows.slice(0, input.limit).map(({ userId }) => userId);
  return {
    userIds,
    total: counts?.total ?? 0,
    outOf: counts?.outOf ?? 0,
    next: rows.length > input.limit ? (userIds.at(-1) ?? null) : null,
  };
});

/** Reading positions are shown to authors alone, and only where the workspace has decided so. */
function assertShown(message: MessageRow, actor: Actor, readReceipts: boolean): void {
  if (!readReceipts) {
    throw new ParleyError('forbidden', 'This workspace does not show who has read a message.', {
      reason: 'read_receipts_off',
    });
  }
  if (message.authorId !== actor.userId) {
    throw new ParleyError('forbidden', 'Only its author may see who has read a message.');
  }
  if (message.deletedAt !== null) {
    throw new ParleyError('conflict', 'The message was deleted.', { reason: 'deleted' });
  }
}

/**
 * Whether the member has read the message: by how far they have read the channel or, for what is in a thread only, the
 * thread. Of who never said how far they have read a thread nothing is known, so they have not.
 */
function readBy(db: Queryable, { id, number, threadRootId, threadNumber }: MessageRow): SQL {
  if (number !== null) return gte(memberships.readThrough, number);
  const ofTheThread = and(
    eq(threadReads.userId, memberships.userId),
    eq(threadReads.rootId, threadRootId ?? id),
    gte(threadReads.readThrough, threadNumber ?? 0),
  );
  return exists(
    db
      .select({ one: sql`1` })
      .from(threadReads)
      .where(ofTheThread),
  );
}
