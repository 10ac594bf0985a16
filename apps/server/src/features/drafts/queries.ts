import { and, count, eq } from 'drizzle-orm';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import { toDraft } from '../../database/entities/draft.ts';
import { drafts } from '../../database/schema.ts';

/** Where a person writes, as commands name it. */
export type DraftPlace = { channelId: Id; threadRootId?: Id | undefined };

/** The row of a place: of the thread, or of the channel itself. */
export function atPlace(userId: Id, { channelId, threadRootId }: DraftPlace) {
  return and(eq(drafts.userId, userId), eq(drafts.placeId, threadRootId ?? channelId));
}

/** What the person has begun to write there, or null. */
export async function findDraft(
  tx: Transaction,
  userId: Id,
  place: DraftPlace,
): Promise<Draft | null> {
  const [row] = await tx.select().from(drafts).where(atPlace(userId, place));
  return row ? toDraft(row) : null;
}

/** How many drafts a person has. */
export async function countDrafts(tx: Transaction, userId: Id): Promise<number> {
  const [row] = await tx.select({ kept: count() }).from(drafts).where(eq(drafts.userId, userId));
  return row?.kept ?? 0;
}

/** Tells the person's devices what is kept at a place now. */
export function draftUpdated(
  userId: Id,
  { channelId, threadRootId }: DraftPlace,
  draft: Draft | null,
): NewEvent {
  return {
    audience: `user:${userId}`,
    type: 'draft.updated',
    data: { channelId, threadRootId: threadRootId ?? null, draft },
  };
}
