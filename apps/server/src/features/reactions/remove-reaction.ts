import { and, eq } from 'drizzle-orm';
import { reactions } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { changeReaction } from './change-reaction.ts';

/** Takes the actor's own reaction back; nothing happens when it is not there. */
export const removeReaction = write('reaction.remove', (context, input) =>
  changeReaction(context, input, 'reaction.removed', async () => {
    const removed = await context.tx
      .delete(reactions)
      .where(
        and(
          eq(reactions.messageId, input.messageId),
          eq(reactions.emoji, input.emoji),
          eq(reactions.userId, context.actor.userId),
        ),
      )
      .returning();
    return removed.length > 0;
  }),
);
