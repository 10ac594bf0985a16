import { mayReplaceDraft } from '@parley/shared/protocol/draft.ts';
import { findMessage } from '../../database/entities/message.ts';
import { drafts } from '../../database/schema.ts';
import { joinedTo } from '../channels/rules.ts';
import { write } from '../handler.ts';
import { messageNotFound } from '../messages/queries.ts';
import { atPlace, draftUpdated, findDraft } from './queries.ts';

/** Forgets what the person has begun to write, unless another device has changed it meanwhile. */
export const clearDraft = write('draft.clear', async ({ tx, actor, nextPosition }, input) => {
  const { channelId, threadRootId, basedOn } = input;
  await joinedTo(tx, actor, channelId);
  // A thread whose root was deleted may still have a draft to clear.
  if (threadRootId !== undefined) {
    const root = await findMessage(tx, threadRootId);
    if (root?.channelId !== channelId) throw messageNotFound();
  }
  const kept = await findDraft(tx, actor.userId, input);
  if (!kept || !mayReplaceDraft(kept, basedOn)) {
    const output = { ok: kept === null, draft: kept, position: nextPosition - 1 };
    return { output, events: [] };
  }
  await tx.delete(drafts).where(atPlace(actor.userId, input));
  return {
    output: { ok: true, draft: null, position: nextPosition },
    events: [draftUpdated(actor.userId, input, null)],
  };
});
