import { and, eq, inArray, isNotNull, isNull, ne, or, sql } from 'drizzle-orm';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable, Transaction } from '../../database/client.ts';
import { toMember, type ChannelRow } from '../../database/entities/channel.ts';
import { toUser, type UserRow } from '../../database/entities/user.ts';
import { channels, memberships, users } from '../../database/schema.ts';

/**
 * Writes a change to a person and tells everybody who knows them: members as such, guests by the conversations
 * that they share, and the person themselves where they are a guest.
 */
export async function changeUser(
  tx: Transaction,
  before: UserRow,
  change: Partial<UserRow>,
  type: 'user.updated' | 'user.deactivated' = 'user.updated',
): Promise<{ user: UserRow; events: NewEvent[] }> {
  const [user] = await tx.update(users).set(change).where(eq(users.id, before.id)).returning();
  if (!user) throw new Error('the person vanished');
  const data = { user: toUser(user) };
  const events: NewEvent[] = [{ audience: 'members', type, data }];
  if (before.role === 'guest' || user.role === 'guest') {
    events.push({ audience: `user:${user.id}`, type, data });
  }
  for (const membership of await membershipsWithGuests(tx, user.id)) {
    const { channelId } = membership;
    events.push({
      audience: `channel:${channelId}`,
      type: 'member.updated',
      data: { channelId, member: toMember(membership), user: data.user },
    });
  }
  return { user, events };
}

/** The person's memberships of channels in which somebody else is a guest. */
async function membershipsWithGuests(tx: Transaction, userId: Id) {
  return tx
    .select()
    .from(memberships)
    .where(
      and(
        eq(memberships.userId, userId),
        sql`exists (select 1 from ${memberships} others join ${users} people on people.id = others.user_id
          where others.channel_id = ${memberships.channelId} and others.user_id <> ${userId}
            and people.role = 'guest')`,
      ),
    )
    .orderBy(memberships.channelId);
}

/** Whether an active owner would remain without this person. */
export async function hasOtherOwner(queryable: Queryable, userId: Id): Promise<boolean> {
  const rows = await queryable
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'owner'), isNull(users.deactivatedAt), ne(users.id, userId)))
    .limit(1);
  return rows.length > 0;
}

/** Those of the channels that an invite of this person opens: public ones, and private ones that they are in. */
export async function openedBy(
  queryable: Queryable,
  userId: Id,
  channelIds: Id[],
): Promise<ChannelRow[]> {
  if (channelIds.length === 0) return [];
  const rows = await queryable
    .select({ channel: channels })
    .from(channels)
    .leftJoin(
      memberships,
      and(eq(memberships.channelId, channels.id), eq(memberships.userId, userId)),
    )
    .where(
      and(
        inArray(channels.id, channelIds),
        or(
          eq(channels.kind, 'public'),
          and(eq(channels.kind, 'private'), isNotNull(memberships.userId)),
        ),
      ),
    )
    .orderBy(channels.id);
  return rows.map(({ channel }) => channel);
}
