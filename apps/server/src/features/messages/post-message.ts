import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import { toMessage, type MessageRow } from '../../database/entities/message.ts';
import { channels, memberships, messages } from '../../database/schema.ts';
import { assertMayPost, joinedTo, seeChannel } from '../channels/rules.ts';
import { write, type Actor, type WriteResult } from '../handler.ts';
import {
  changeMessage,
  findRoot,
  mentionColumns,
  presentMessage,
  requestHashOf,
  resolveMentions,
  shownRepliers,
  threadUpdated,
} from './queries.ts';

/** Posts a message once for each nonce of its author. */
export const postMessage = write('message.post', async (context, input) => {
  const { tx, actor, now, nextPosition } = context;
  const { channelId, nonce, text, threadRootId, alsoToChannel } = input;
  const requestHash = requestHashOf(input);
  const repeated = await findRepeated(tx, actor, nonce, requestHash);
  if (repeated) return repeated;
  const joined = await joinedTo(tx, actor, channelId);
  if (alsoToChannel && threadRootId === undefined) {
    throw new ParleyError(
      'invalid_input',
      'alsoToChannel: only a reply can go to the channel too.',
    );
  }
  const inThreadOnly = threadRootId !== undefined && !alsoToChannel;
  assertMayPost(actor, joined, { inThreadOnly });
  const root = threadRootId === undefined ? null : await findRoot(tx, channelId, threadRootId);
  const number = inThreadOnly ? null : await takeNumber(tx, channelId, now);
  const mentions = await resolveMentions(tx, channelId, text);
  const [row] = await tx
    .insert(messages)
    .values({
      id: uuidv7(),
      channelId,
      number,
      authorId: actor.userId,
      kind: 'text',
      text,
      nonce,
      requestHash,
      postedPosition: nextPosition,
      threadRootId: root?.id ?? null,
      threadNumber: root ? root.threadCount + 1 : null,
      replyUserIds: [],
      createdAt: now,
      ...mentionColumns(mentions),
    })
    .returning();
  if (!row) throw new Error('the message was not written');
  if (number !== null) await readThrough(tx, channelId, actor.userId, number);
  const message = toMessage(row, []);
  const events: NewEvent[] = [
    { audience: `channel:${channelId}`, type: 'message.posted', data: { message } },
  ];
  if (root) events.push(await countReply(tx, root, row));
  return { output: { message, position: nextPosition }, events };
});

/** What this attempt came to before, when it is a repetition. */
async function findRepeated(
  tx: Transaction,
  actor: Actor,
  nonce: Id,
  requestHash: string,
): Promise<WriteResult<'message.post'> | null> {
  const [row] = await tx
    .select()
    .from(messages)
    .where(and(eq(messages.authorId, actor.userId), eq(messages.nonce, nonce)));
  if (!row) return null;
  if (row.requestHash !== requestHash) {
    throw new ParleyError('conflict', 'Another message was posted with this nonce.', {
      reason: 'nonce_used',
    });
  }
  await seeChannel(tx, actor, row.channelId);
  const message = await presentMessage(tx, row);
  return { output: { message, position: row.postedPosition }, events: [] };
}

async function takeNumber(tx: Transaction, channelId: Id, now: Date): Promise<number> {
  const [row] = await tx
    .update(channels)
    .set({ messageCount: sql`${channels.messageCount} + 1`, lastMessageAt: now })
    .where(eq(channels.id, channelId))
    .returning({ messageCount: channels.messageCount });
  if (!row) throw new Error('the channel vanished');
  return row.messageCount;
}

async function readThrough(
  tx: Transaction,
  channelId: Id,
  userId: Id,
  number: number,
): Promise<void> {
  await tx
    .update(memberships)
    .set({ readThrough: number })
    .where(and(eq(memberships.channelId, channelId), eq(memberships.userId, userId)));
}

async function countReply(tx: Transaction, root: MessageRow, reply: MessageRow): Promise<NewEvent> {
  const others = root.replyUserIds.filter((userId) => userId !== reply.authorId);
  const after = await changeMessage(tx, root.id, {
    replyCount: root.replyCount + 1,
    threadCount: root.threadCount + 1,
    lastReplyAt: reply.createdAt,
    replyUserIds: [reply.authorId, ...others].slice(0, shownRepliers),
  });
  return threadUpdated(tx, after);
}
