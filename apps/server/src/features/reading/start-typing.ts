import { assertMayPost, joinedTo } from '../channels/rules.ts';
import { signal } from '../handler.ts';
import { findRoot } from '../messages/queries.ts';

/** Tells the others in the conversation that the actor is typing. */
export const startTyping = signal('typing.start', async ({ db, actor, live }, input) => {
  const { channelId, threadRootId } = input;
  const joined = await joinedTo(db, actor, channelId);
  assertMayPost(actor, joined, { inThreadOnly: threadRootId !== undefined });
  if (threadRootId !== undefined) await findRoot(db, channelId, threadRootId);
  live.sendEphemeral(`channel:${channelId}`, {
    type: 'typing',
    channelId,
    userId: actor.userId,
    ...(threadRootId !== undefined && { threadRootId }),
  });
  return {};
});
