import { and, eq } from 'drizzle-orm';
import type { Membership } from '@parley/shared/protocol/channel.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import { membershipOf } from '../../database/entities/membership.ts';
import { memberships } from '../../database/schema.ts';

/** Sets how far a person has read in a channel that they are in. */
export async function setReadThrough(
  tx: Transaction,
  channelId: Id,
  userId: Id,
  readThrough: number,
): Promise<{ membership: Membership; event: NewEvent }> {
  await tx
    .update(memberships)
    .set({ readThrough })
    .where(and(eq(memberships.channelId, channelId), eq(memberships.userId, userId)));
  const membership = await membershipOf(tx, userId, channelId);
  if (!membership) throw new Error('the membership vanished');
  const event: NewEvent = {
    audience: `user:${userId}`,
    type: 'read.updated',
    data: { membership },
  };
  return { membership, event };
}
