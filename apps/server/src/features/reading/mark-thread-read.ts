import { and, eq } from 'drizzle-orm';
import { threadReads } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { joinedRoot } from '../messages/queries.ts';

/** The replies of a thread up to the number are read; never goes back. */
export const markThreadRead = write('thread.markRead', async ({ tx, actor }, input) => {
  const root = await joinedRoot(tx, actor, input.messageId);
  const [before] = await tx
    .select()
    .from(threadReads)
    .where(and(eq(threadReads.userId, actor.userId), eq(threadReads.rootId, root.id)));
  const readThrough = Math.min(input.number, root.threadCount);
  const known = before?.readThrough ?? 0;
  if (readThrough <= known) return { output: { readThrough: known }, events: [] };
  await tx
    .insert(threadReads)
    .values({ userId: actor.userId, rootId: root.id, readThrough })
    .onConflictDoUpdate({
      target: [threadReads.userId, threadReads.rootId],
      set: { readThrough },
    });
  return {
    output: { readThrough },
    events: [
      {
        audience: `user:${actor.userId}`,
        type: 'read.updated',
        data: { thread: { channelId: root.channelId, rootId: root.id, readThrough } },
      },
    ],
  };
});
