import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { maxReactionKinds } from '@parley/shared/protocol/message.ts';
import { reactions } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { changeReaction } from './change-reaction.ts';

/** Adds the actor's reaction; nothing happens when it is there. */
export const addReaction = write('reaction.add', (context, input) =>
  changeReaction(context, input, 'reaction.added', async (before) => {
    const known = before.some(({ emoji }) => emoji === input.emoji);
    if (!known && before.length >= maxReactionKinds) {
      throw new ParleyError('conflict', 'There are too many different reactions already.', {
        reason: 'too_many_reactions',
      });
    }
    const added = await context.tx
      .insert(reactions)
      .values({ ...input, userId: context.actor.userId, createdAt: context.now })
      .onConflictDoNothing()
      .returning();
    return added.length > 0;
  }),
);
