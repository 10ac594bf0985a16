import { and, eq, sql } from 'drizzle-orm';
import type { Membership } from '@parley/shared/protocol/channel.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import { membershipOf, type Place } from '../../database/entities/membership.ts';
import { preparedOn } from '../../database/prepared.ts';
import { memberships } from '../../database/schema.ts';

/** Raises how far people have read to these numbers. Returns the places where that was less before. */
export async function raiseReadThrough(
  tx: Transaction,
  marks: (Place & { number: number })[],
): Promise<Place[]> {
  if (marks.length === 0) return [];
  return preparedOn(tx)<Place[]>`
    update memberships m set read_through = r.number
    from (
      select p.channel_id, p.user_id, max(p.number) as number
      from unnest(
        ${marks.map(({ channelId }) => channelId)}::uuid[],
        ${marks.map(({ userId }) => userId)}::uuid[],
        ${marks.map(({ number }) => number)}::bigint[]) as p(channel_id, user_id, number)
      group by p.channel_id, p.user_id) r
    where m.channel_id = r.channel_id and m.user_id = r.user_id and m.read_through < r.number
    returning m.channel_id as "channelId", m.user_id as "userId"`;
}

/** Sets how far a person has read in a channel that they are in, back from where they were `before` too. */
export async function setReadThrough(
  tx: Transaction,
  channelId: Id,
  userId: Id,
  { readThrough, before }: { readThrough: number; before: number },
): Promise<{ membership: Membership; event: NewEvent }> {
  await tx
    .update(memberships)
    .set({ readThrough, setBackFrom: sql`greatest(${memberships.setBackFrom}, ${before})` })
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
