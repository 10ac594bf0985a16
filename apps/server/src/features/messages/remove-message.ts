import { and, count, desc, eq, isNull, max } from 'drizzle-orm';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import { noMentions, type Message } from '@parley/shared/protocol/message.ts';
import type { Transaction } from '../../database/client.ts';
import { findMessage, toMessage, type MessageRow } from '../../database/entities/message.ts';
import { messages, reactions, revisions } from '../../database/schema.ts';
import { deleteFiles } from '../files/queries.ts';
import { replaceMentions } from './named-mentions.ts';
import {
  changeMessage,
  mentionColumns,
  mentionsOf,
  shownRepliers,
  threadUpdated,
} from './queries.ts';

/** Takes a message away with all that belongs to it. Returns what is left of it, and what is to be told. */
export async function removeMessage(
  { tx, now, nextPosition }: { tx: Transaction; now: Date; nextPosition: number },
  row: MessageRow,
): Promise<{ message: Message; events: NewEvent[] }> {
  await tx.delete(reactions).where(eq(reactions.messageId, row.id));
  await tx.delete(revisions).where(eq(revisions.messageId, row.id));
  const after = await changeMessage(tx, row.id, {
    text: '',
    files: [],
    deletedAt: now,
    ...mentionColumns(noMentions),
  });
  await replaceMentions(tx, row, after);
  const message = toMessage(after, []);
  const events: NewEvent[] = [
    {
      audience: `channel:${row.channelId}`,
      type: 'message.deleted',
      data: { message, before: { mentions: mentionsOf(row) } },
    },
  ];
  if (row.threadRootId !== null) events.push(...(await discountReply(tx, row.threadRootId)));
  const fileIds = row.files.map(({ id }) => id);
  const at = { now, nextPosition: nextPosition + events.length };
  events.push(...(await deleteFiles(tx, row.authorId, fileIds, at)));
  return { message, events };
}

async function discountReply(tx: Transaction, rootId: MessageRow['id']): Promise<NewEvent[]> {
  const root = await findMessage(tx, rootId);
  if (!root) return [];
  const after = await changeMessage(tx, root.id, await repliesLeft(tx, root.id));
  return [await threadUpdated(tx, after)];
}

/** What the replies that are left say of a thread. */
async function repliesLeft(tx: Transaction, rootId: MessageRow['id']) {
  const isLeft = and(eq(messages.threadRootId, rootId), isNull(messages.deletedAt));
  const [all] = await tx
    .select({ replyCount: count(), lastReplyAt: max(messages.createdAt) })
    .from(messages)
    .where(isLeft);
  const repliers = await tx
    .select({ userId: messages.authorId })
    .from(messages)
    .where(isLeft)
    .groupBy(messages.authorId)
    .orderBy(desc(max(messages.threadNumber)))
    .limit(shownRepliers);
  return {
    replyCount: all?.replyCount ?? 0,
    lastReplyAt: all?.lastReplyAt ?? null,
    replyUserIds: repliers.map(({ userId }) => userId),
  };
}
