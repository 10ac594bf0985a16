import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { maxReactionKinds } from '@parley/shared/protocol/message.ts';
import { groupedWrite } from '../handler.ts';
import { changeReactions } from './change-reactions.ts';

/** Adds reactions of their actors; nothing happens where they are there. */
export const addReaction = groupedWrite('reaction.add', (context, requests) =>
  changeReactions(context, requests, 'reaction.add', (reacted, { actor, input, now }) => {
    const before = reacted.reactions(input.messageId);
    const known = before.some(({ emoji }) => emoji === input.emoji);
    if (!known && before.length >= maxReactionKinds) {
      throw new ParleyError('conflict', 'There are too many different reactions already.', {
        reason: 'too_many_reactions',
      });
    }
    return reacted.add({ ...input, userId: actor.userId, createdAt: now });
  }),
);
