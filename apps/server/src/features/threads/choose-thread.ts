import { and, desc, eq, inArray } from 'drizzle-orm';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { maxThreadChoices, type ThreadChoice } from '@parley/shared/protocol/thread.ts';
import type { Transaction } from '../../database/client.ts';
import { threadChoices } from '../../database/schema.ts';
import { write, type WriteContext, type WriteResult } from '../handler.ts';
import { joinedRoot } from '../messages/queries.ts';

/** The person wants to hear of the thread's replies, whether or not they have part in it. */
export const followThread = write('thread.follow', (context, { messageId }) =>
  choose(context, messageId, true),
);

/** The person wants to hear of the thread no more, unless they are mentioned by name. */
export const unfollowThread = write('thread.unfollow', (context, { messageId }) =>
  choose(context, messageId, false),
);

type Name = 'thread.follow' | 'thread.unfollow';

async function choose(
  { tx, actor, nextPosition }: Pick<WriteContext<Name>, 'tx' | 'actor' | 'nextPosition'>,
  messageId: Id,
  following: boolean,
): Promise<WriteResult<Name>> {
  const { userId } = actor;
  const { id: rootId, channelId } = await joinedRoot(tx, actor, messageId);
  const choice = { channelId, rootId, following };
  const [before] = await tx
    .select()
    .from(threadChoices)
    .where(and(eq(threadChoices.userId, userId), eq(threadChoices.rootId, rootId)));
  if (before?.following === following) return { output: { choice }, events: [] };
  const change = { following, position: nextPosition };
  await tx
    .insert(threadChoices)
    .values({ userId, rootId, channelId, ...change })
    .onConflictDoUpdate({ target: [threadChoices.userId, threadChoices.rootId], set: change });
  const forgotten = before ? [] : await forgetOldest(tx, userId);
  return {
    output: { choice },
    events: [choice, ...forgotten].map((each) => chosen(userId, each)),
  };
}

/** Of too many choices the oldest goes; the thread is followed by having part in it again. */
async function forgetOldest(tx: Transaction, userId: Id): Promise<ThreadChoice[]> {
  const surplus = await tx
    .select({ channelId: threadChoices.channelId, rootId: threadChoices.rootId })
    .from(threadChoices)
    .where(eq(threadChoices.userId, userId))
    .orderBy(desc(threadChoices.position))
    .offset(maxThreadChoices);
  if (surplus.length === 0) return [];
  const rootIds = surplus.map(({ rootId }) => rootId);
  await tx
    .delete(threadChoices)
    .where(and(eq(threadChoices.userId, userId), inArray(threadChoices.rootId, rootIds)));
  return surplus.map((each) => ({ ...each, following: null }));
}

function chosen(userId: Id, choice: ThreadChoice): NewEvent {
  return { audience: `user:${userId}`, type: 'thread.updated', data: { choice } };
}
