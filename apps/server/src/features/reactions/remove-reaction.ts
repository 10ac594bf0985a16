import { groupedWrite } from '../handler.ts';
import { changeReactions } from './change-reactions.ts';

/** Takes reactions of their actors back; nothing happens where there is none. */
export const removeReaction = groupedWrite('reaction.remove', (context, requests) =>
  changeReactions(context, requests, 'reaction.remove', (reacted, { actor, input }) =>
    reacted.remove({ ...input, userId: actor.userId }),
  ),
);
