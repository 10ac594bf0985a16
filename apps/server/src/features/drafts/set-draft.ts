import { maxDrafts, mayReplaceDraft } from '@parley/shared/protocol/draft.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { toDraft } from '../../database/entities/draft.ts';
import { drafts } from '../../database/schema.ts';
import { joinedTo } from '../channels/rules.ts';
import { ownFiles } from '../files/queries.ts';
import { write } from '../handler.ts';
import { findRoot } from '../messages/queries.ts';
import { countDrafts, draftUpdated, findDraft } from './queries.ts';

/** Keeps what the person has begun to write, unless another device has changed it meanwhile. */
export const setDraft = write('draft.set', async ({ tx, actor, now, nextPosition }, input) => {
  const { channelId, threadRootId, text, fileIds = [], basedOn } = input;
  const { userId } = actor;
  await joinedTo(tx, actor, channelId);
  if (threadRootId !== undefined) await findRoot(tx, channelId, threadRootId);
  const kept = await findDraft(tx, userId, input);
  // The same words and files on two devices are no conflict, and no news.
  const isSame = kept?.text === text && areSame(kept.files, fileIds);
  if (isSame || !mayReplaceDraft(kept, basedOn)) {
    return { output: { ok: isSame, draft: kept, position: nextPosition - 1 }, events: [] };
  }
  if (!kept && (await countDrafts(tx, userId)) >= maxDrafts) {
    throw new ParleyError(
      'conflict',
      `You have ${maxDrafts} drafts. Send or clear one of them first.`,
      { reason: 'too_many_drafts' },
    );
  }
  const files = await ownFiles(tx, userId, fileIds);
  const change = { text, files, version: nextPosition, updatedAt: now };
  const [row] = await tx
    .insert(drafts)
    .values({ userId, channelId, placeId: threadRootId ?? channelId, ...change })
    .onConflictDoUpdate({ target: [drafts.userId, drafts.placeId], set: change })
    .returning();
  if (!row) throw new Error('the draft was not written');
  const draft = toDraft(row);
  return {
    output: { ok: true, draft, position: nextPosition },
    events: [draftUpdated(userId, input, draft)],
  };
});

function areSame(files: readonly File[], fileIds: readonly Id[]): boolean {
  return files.length === fileIds.length && files.every(({ id }, place) => id === fileIds[place]);
}
