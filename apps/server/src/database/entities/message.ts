import { asc, eq, inArray } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message, Reaction } from '@parley/shared/protocol/message.ts';
import type { Queryable } from '../client.ts';
import { messages, reactions } from '../schema.ts';
import { optionalTimestamp, timestamp } from './moments.ts';

export type MessageRow = typeof messages.$inferSelect;

/** The message with its nonce; `forReader` takes the nonce away from everybody but the author. */
export function toMessage(row: MessageRow, reactionsOfIt: Reaction[]): Message {
  return {
    id: row.id,
    channelId: row.channelId,
    number: row.number,
    authorId: row.authorId,
    kind: row.kind,
    text: row.text,
    nonce: row.nonce,
    threadRootId: row.threadRootId,
    threadNumber: row.threadNumber,
    replyCount: row.replyCount,
    lastReplyAt: optionalTimestamp(row.lastReplyAt),
    replyUserIds: row.replyUserIds,
    createdAt: timestamp(row.createdAt),
    editedAt: optionalTimestamp(row.editedAt),
    deletedAt: optionalTimestamp(row.deletedAt),
    pinnedAt: optionalTimestamp(row.pinnedAt),
    pinnedBy: row.pinnedBy,
    mentions: {
      userIds: row.mentionUserIds,
      groupIds: row.mentionGroupIds,
      channel: row.mentionsChannel,
      here: row.mentionsHere,
    },
    files: [],
    previews: [],
    reactions: reactionsOfIt,
  };
}

/** The message as this reader may see it: the nonce is its author's alone. */
export function forReader(message: Message, readerId: Id): Message {
  if (message.authorId === readerId) return message;
  const { nonce: _, ...rest } = message;
  return rest;
}

/** The row of one message, or null. */
export async function findMessage(queryable: Queryable, messageId: Id): Promise<MessageRow | null> {
  const [row] = await queryable.select().from(messages).where(eq(messages.id, messageId));
  return row ?? null;
}

/** The reactions of these messages; emoji in the order of their first use, people in the order of theirs. */
export async function reactionsOf(
  queryable: Queryable,
  messageIds: Id[],
): Promise<Map<Id, Reaction[]>> {
  const byMessage = new Map<Id, Reaction[]>();
  if (messageIds.length === 0) return byMessage;
  const rows = await queryable
    .select()
    .from(reactions)
    .where(inArray(reactions.messageId, messageIds))
    .orderBy(asc(reactions.createdAt), asc(reactions.emoji), asc(reactions.userId));
  for (const row of rows) {
    const list = byMessage.get(row.messageId) ?? [];
    byMessage.set(row.messageId, list);
    const known = list.find(({ emoji }) => emoji === row.emoji);
    if (known) {
      known.count += 1;
      known.userIds.push(row.userId);
    } else {
      list.push({ emoji: row.emoji, count: 1, userIds: [row.userId] });
    }
  }
  return byMessage;
}

/** These rows as messages with their reactions, in the order given. */
export async function toMessages(queryable: Queryable, rows: MessageRow[]): Promise<Message[]> {
  const byMessage = await reactionsOf(
    queryable,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => toMessage(row, byMessage.get(row.id) ?? []));
}
