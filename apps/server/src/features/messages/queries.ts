import { and, eq, inArray, isNull } from 'drizzle-orm';
import { createHash } from 'node:crypto';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { noMentions, type Mentions, type Message } from '@parley/shared/protocol/message.ts';
import { findMentions } from '@parley/shared/text/mentions.ts';
import type { Queryable, Transaction } from '../../database/client.ts';
import { findMessage, toMessages, type MessageRow } from '../../database/entities/message.ts';
import { memberships, messages, users } from '../../database/schema.ts';
import { joinedTo, seeChannel, type JoinedChannel, type SeenChannel } from '../channels/rules.ts';
import type { Actor } from '../handler.ts';

/** How many of those who replied a message shows. */
export const shownRepliers = 5;

/** Whom a text mentions, where it names nobody; null where the database has to be asked who that is. */
export function mentionsWithoutNames(text: string): Mentions | null {
  const { usernames, channel, here } = findMentions(text);
  return usernames.length === 0 ? { ...noMentions, channel, here } : null;
}

/** Whom a text mentions: active people of the channel by their user names, everybody, or those who are here. */
export async function resolveMentions(
  queryable: Queryable,
  channelId: Id,
  text: string,
): Promise<Mentions> {
  const { usernames, channel, here } = findMentions(text);
  if (usernames.length === 0) return { ...noMentions, channel, here };
  const rows = await queryable
    .select({ id: users.id })
    .from(users)
    .innerJoin(
      memberships,
      and(eq(memberships.userId, users.id), eq(memberships.channelId, channelId)),
    )
    .where(and(inArray(users.username, usernames), isNull(users.deactivatedAt)))
    .orderBy(users.id);
  return { userIds: rows.map(({ id }) => id), groupIds: [], channel, here };
}

/** The columns that hold mentions. */
export function mentionColumns(mentions: Mentions) {
  return {
    mentionUserIds: mentions.userIds,
    mentionGroupIds: mentions.groupIds,
    mentionsChannel: mentions.channel,
    mentionsHere: mentions.here,
  };
}

/** The mentions that a row holds. */
export function mentionsOf(row: MessageRow): Mentions {
  return {
    userIds: row.mentionUserIds,
    groupIds: row.mentionGroupIds,
    channel: row.mentionsChannel,
    here: row.mentionsHere,
  };
}

/** Tells two requests under one nonce apart. */
export function requestHashOf(request: {
  channelId: Id;
  text: string;
  threadRootId?: Id | undefined;
  alsoToChannel: boolean;
  fileIds?: Id[] | undefined;
}): string {
  const { channelId, text, threadRootId = null, alsoToChannel, fileIds = [] } = request;
  const content: unknown[] = [channelId, text, threadRootId, alsoToChannel];
  if (fileIds.length > 0) content.push(fileIds);
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** One row as the protocol's message, with its reactions. */
export async function presentMessage(queryable: Queryable, row: MessageRow): Promise<Message> {
  const [message] = await toMessages(queryable, [row]);
  if (!message) throw new Error('the message vanished');
  return message;
}

/** Writes a change to a message and returns it as it now is. */
export async function changeMessage(
  tx: Transaction,
  messageId: Id,
  change: Partial<MessageRow>,
): Promise<MessageRow> {
  const [row] = await tx.update(messages).set(change).where(eq(messages.id, messageId)).returning();
  if (!row) throw new Error('the message vanished');
  return row;
}

export function messageNotFound(): ParleyError {
  return new ParleyError('not_found', 'There is no such message.');
}

/** What somebody is told who asked for a message: not a word of the channel that it is in. */
export function withoutChannel(error: unknown): unknown {
  return error instanceof ParleyError && error.code === 'not_found' ? messageNotFound() : error;
}

/** A message that the actor may read, or `not_found`. */
export async function seeMessage(
  queryable: Queryable,
  actor: Actor,
  messageId: Id,
): Promise<{ row: MessageRow; seen: SeenChannel }> {
  const row = await findMessage(queryable, messageId);
  if (!row) throw messageNotFound();
  try {
    return { row, seen: await seeChannel(queryable, actor, row.channelId) };
  } catch (error) {
    throw withoutChannel(error);
  }
}

/** The same for somebody who wants to act on it and so must be in its channel. */
export async function joinedMessage(
  queryable: Queryable,
  actor: Actor,
  messageId: Id,
): Promise<{ row: MessageRow; joined: JoinedChannel }> {
  const { row } = await seeMessage(queryable, actor, messageId);
  return { row, joined: await joinedTo(queryable, actor, row.channelId) };
}

/** The same for a thread, which is named by the message that it began with. */
export async function joinedRoot(
  queryable: Queryable,
  actor: Actor,
  messageId: Id,
): Promise<MessageRow> {
  const { row } = await joinedMessage(queryable, actor, messageId);
  if (row.threadRootId === null) return row;
  throw new ParleyError('invalid_input', 'messageId: name the message that the thread began with.');
}

/** Throws unless a thread in this channel begins with this message or may begin: it is no reply itself. */
export function assertIsRoot(channelId: Id, root: MessageRow | null): asserts root is MessageRow {
  if (root?.channelId !== channelId) {
    throw new ParleyError('not_found', 'There is no such message in this channel.');
  }
  if (root.threadRootId !== null) {
    throw new ParleyError('conflict', 'A reply cannot have replies of its own.', {
      reason: 'is_reply',
    });
  }
  if (root.deletedAt !== null) {
    throw new ParleyError('conflict', 'The message was deleted.', { reason: 'deleted' });
  }
}

/** The message that a thread begins with or may begin with. */
export async function findRoot(
  queryable: Queryable,
  channelId: Id,
  rootId: Id,
): Promise<MessageRow> {
  const root = await findMessage(queryable, rootId);
  assertIsRoot(channelId, root);
  return root;
}

/** Tells the channel that a thread's root has changed with its replies. */
export async function threadUpdated(queryable: Queryable, root: MessageRow): Promise<NewEvent> {
  return {
    audience: `channel:${root.channelId}`,
    type: 'thread.updated',
    data: { root: await presentMessage(queryable, root) },
  };
}
