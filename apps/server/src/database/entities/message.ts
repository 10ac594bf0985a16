import { eq } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message, Reaction } from '@parley/shared/protocol/message.ts';
import type { Queryable } from '../client.ts';
import { preparedOn } from '../prepared.ts';
import { messages, type reactions } from '../schema.ts';
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
    files: row.files,
    previews: [],
    reactions: reactionsOfIt,
  };
}

/** The message as this reader may see it, or null for anybody but its author: the nonce is the author's alone. */
export function forReader(message: Message, readerId: Id | null): Message {
  if (message.authorId === readerId) return message;
  const { nonce: _, ...rest } = message;
  return rest;
}

/** The row of one message, or null. */
export async function findMessage(queryable: Queryable, messageId: Id): Promise<MessageRow | null> {
  const [row] = await queryable.select().from(messages).where(eq(messages.id, messageId));
  return row ?? null;
}

export type ReactionRow = typeof reactions.$inferSelect;

/** The rows of the reactions of these messages, by message, in the order of their coming. */
export async function reactionRowsOf(
  queryable: Queryable,
  messageIds: Id[],
): Promise<Map<Id, ReactionRow[]>> {
  const byMessage = new Map<Id, ReactionRow[]>();
  if (messageIds.length === 0) return byMessage;
  const rows = await preparedOn(queryable)<(Omit<ReactionRow, 'createdAt'> & { at: string })[]>`
    select message_id as "messageId", emoji, user_id as "userId", created_at as at
    from reactions where message_id = any(${messageIds}::uuid[])`;
  for (const { at, ...reaction } of rows) {
    const row = { ...reaction, createdAt: new Date(at) };
    const list = byMessage.get(row.messageId) ?? [];
    byMessage.set(row.messageId, list);
    list.push(row);
  }
  for (const list of byMessage.values()) list.sort(byComing);
  return byMessage;
}

/** The order of reactions; those of the same millisecond by their names, the same on every database. */
export function byComing(one: ReactionRow, other: ReactionRow): number {
  return (
    one.createdAt.getTime() - other.createdAt.getTime() ||
    compare(one.emoji, other.emoji) ||
    compare(one.userId, other.userId)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Rows in the order of their coming, as people see them: emoji in the order of first use, people of theirs. */
export function toReactions(rows: ReactionRow[]): Reaction[] {
  const byEmoji = new Map<string, Reaction>();
  for (const { emoji, userId } of rows) {
    const known = byEmoji.get(emoji);
    if (known) {
      known.count += 1;
      known.userIds.push(userId);
    } else {
      byEmoji.set(emoji, { emoji, count: 1, userIds: [userId] });
    }
  }
  return [...byEmoji.values()];
}

/** The reactions of these messages. */
export async function reactionsOf(
  queryable: Queryable,
  messageIds: Id[],
): Promise<Map<Id, Reaction[]>> {
  const byMessage = await reactionRowsOf(queryable, messageIds);
  return new Map([...byMessage].map(([messageId, rows]) => [messageId, toReactions(rows)]));
}

/** These rows as messages with their reactions, in the order given. */
export async function toMessages(queryable: Queryable, rows: MessageRow[]): Promise<Message[]> {
  const byMessage = await reactionsOf(
    queryable,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => toMessage(row, byMessage.get(row.id) ?? []));
}
