import { and, desc, eq, or, sql } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../../database/client.ts';
import { findMessage, type MessageRow } from '../../database/entities/message.ts';
import { messages, threadChoices } from '../../database/schema.ts';

/** So many of a thread's latest replies tell who has part in it: a page of history. */
const latestReplies = 200;

/** Whether a person follows the thread of this message: as they chose, else by having part in it. */
export async function isFollowing(
  queryable: Queryable,
  userId: Id,
  message: MessageRow,
): Promise<boolean> {
  const rootId = message.threadRootId ?? message.id;
  const [choice] = await queryable
    .select({ following: threadChoices.following })
    .from(threadChoices)
    .where(and(eq(threadChoices.userId, userId), eq(threadChoices.rootId, rootId)));
  if (choice) return choice.following;
  const root = message.threadRootId === null ? message : await findMessage(queryable, rootId);
  return root !== null && hasPart(queryable, userId, root);
}

/** Whether they began the thread, replied in it, or were mentioned by name in it, of late or in its root. */
async function hasPart(queryable: Queryable, userId: Id, root: MessageRow): Promise<boolean> {
  const { authorId, mentionUserIds, replyUserIds } = root;
  if ([authorId, ...mentionUserIds, ...replyUserIds].includes(userId)) return true;
  const latest = queryable
    .select({ authorId: messages.authorId, mentionUserIds: messages.mentionUserIds })
    .from(messages)
    .where(eq(messages.threadRootId, root.id))
    .orderBy(desc(messages.threadNumber))
    .limit(latestReplies)
    .as('latest');
  const [reply] = await queryable
    .select({ authorId: latest.authorId })
    .from(latest)
    .where(or(eq(latest.authorId, userId), sql`${userId} = any(${latest.mentionUserIds})`))
    .limit(1);
  return reply !== undefined;
}
