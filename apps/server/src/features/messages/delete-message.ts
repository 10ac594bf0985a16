import { and, count, desc, eq, isNull, max } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import { noMentions } from '@parley/shared/protocol/message.ts';
import type { Transaction } from '../../database/client.ts';
import {
  findMessage,
  forReader,
  toMessage,
  type MessageRow,
} from '../../database/entities/message.ts';
import { messages, reactions, revisions } from '../../database/schema.ts';
import { assertNotArchived, isChannelAdmin } from '../channels/rules.ts';
import { write } from '../handler.ts';
import { replaceMentions } from './named-mentions.ts';
import {
  changeMessage,
  joinedMessage,
  mentionColumns,
  mentionsOf,
  shownRepliers,
  threadUpdated,
} from './queries.ts';

/** Deletes a message with its reactions and revisions; its number stays taken. */
export const deleteMessage = write('message.delete', async ({ tx, actor, now }, { messageId }) => {
  const { row, joined } = await joinedMessage(tx, actor, messageId);
  const isOwn = row.authorId === actor.userId;
  if (!isOwn && !isChannelAdmin(actor, joined)) {
    throw new ParleyError('forbidden', 'Only its author and admins may delete a message.');
  }
  if (row.deletedAt !== null) {
    return { output: { message: forReader(toMessage(row, []), actor.userId) }, events: [] };
  }
  // What one has said oneself may always be taken back.
  if (!isOwn) assertNotArchived(joined.channel);
  await tx.delete(reactions).where(eq(reactions.messageId, row.id));
  await tx.delete(revisions).where(eq(revisions.messageId, row.id));
  const after = await changeMessage(tx, row.id, {
    text: '',
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
  return { output: { message: forReader(message, actor.userId) }, events };
});

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
