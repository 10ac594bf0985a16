import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { Membership } from '@parley/shared/protocol/channel.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../client.ts';
import { asJson } from '../prepared.ts';
import { memberships, messages } from '../schema.ts';
import type { MembershipRow } from './channel.ts';
import { timestamp } from './moments.ts';

type Counts = { unreadCount: number; mentionCount: number };

/** The membership with its counts, as its owner alone may see it. */
export function toMembership(row: MembershipRow, counts: Counts): Membership {
  return {
    channelId: row.channelId,
    userId: row.userId,
    role: row.role,
    readThrough: row.readThrough,
    unreadCount: counts.unreadCount,
    mentionCount: counts.mentionCount,
    notify: row.notify,
    muted: row.muted,
    starred: row.starred,
    section: row.section,
    joinedAt: timestamp(row.joinedAt),
  };
}

/** The row of one membership, or null. */
export async function findMembership(
  queryable: Queryable,
  channelId: Id,
  userId: Id,
): Promise<MembershipRow | null> {
  const [row] = await queryable
    .select()
    .from(memberships)
    .where(and(eq(memberships.channelId, channelId), eq(memberships.userId, userId)));
  return row ?? null;
}

/** A person in a channel. */
export type Place = { channelId: Id; userId: Id };

/** A person's memberships (all, or those in the given channels), with their counts. */
export async function membershipsOf(
  queryable: Queryable,
  userId: Id,
  channelIds?: Id[],
): Promise<Membership[]> {
  if (channelIds?.length === 0) return [];
  const among = channelIds === undefined ? undefined : inArray(memberships.channelId, channelIds);
  return readMemberships(queryable, and(eq(memberships.userId, userId), among));
}

/** The memberships of several people that exist at these places, with their counts. */
export async function membershipsAt(queryable: Queryable, places: Place[]): Promise<Membership[]> {
  if (places.length === 0) return [];
  return readMemberships(
    queryable,
    sql`(${memberships.channelId}, ${memberships.userId}) in (
      select p."channelId", p."userId"
      from json_to_recordset(${asJson(places)}::json) as p("channelId" uuid, "userId" uuid))`,
  );
}

/**
 * Memberships with counts of what others wrote after `readThrough`: one index scan a membership over its unread
 * messages. Nothing is stored per reader.
 */
async function readMemberships(
  queryable: Queryable,
  which: SQL | undefined,
): Promise<Membership[]> {
  const mentioned = sql`(${messages.mentionsChannel} or ${messages.mentionsHere} or ${memberships.userId} = any(${messages.mentionUserIds}))`;
  const counted = queryable
    .select({
      channelId: memberships.channelId,
      userId: memberships.userId,
      unreadCount: sql<number>`count(*)::int`.as('unread_count'),
      mentionCount: sql<number>`(count(*) filter (where ${mentioned}))::int`.as('mention_count'),
    })
    .from(memberships)
    .innerJoin(
      messages,
      and(
        eq(messages.channelId, memberships.channelId),
        sql`${messages.number} > ${memberships.readThrough}`,
        sql`${messages.authorId} <> ${memberships.userId}`,
        eq(messages.kind, 'text'),
        sql`${messages.deletedAt} is null`,
      ),
    )
    .where(which)
    .groupBy(memberships.channelId, memberships.userId)
    .as('counted');
  const rows = await queryable
    .select({
      membership: memberships,
      unreadCount: sql<number>`coalesce(${counted.unreadCount}, 0)`,
      mentionCount: sql<number>`coalesce(${counted.mentionCount}, 0)`,
    })
    .from(memberships)
    .leftJoin(
      counted,
      and(eq(counted.channelId, memberships.channelId), eq(counted.userId, memberships.userId)),
    )
    .where(which);
  return rows.map(({ membership, unreadCount, mentionCount }) =>
    toMembership(membership, { unreadCount, mentionCount }),
  );
}

/** One of those memberships, or null when the person is not in the channel. */
export async function membershipOf(
  queryable: Queryable,
  userId: Id,
  channelId: Id,
): Promise<Membership | null> {
  const [membership] = await membershipsOf(queryable, userId, [channelId]);
  return membership ?? null;
}

/** The ids of everybody in each of these channels. */
export async function memberIdsOf(queryable: Queryable, channelIds: Id[]): Promise<Map<Id, Id[]>> {
  const byChannel = new Map<Id, Id[]>(channelIds.map((channelId) => [channelId, []]));
  if (channelIds.length === 0) return byChannel;
  const rows = await queryable
    .select({ channelId: memberships.channelId, userId: memberships.userId })
    .from(memberships)
    .where(inArray(memberships.channelId, channelIds))
    .orderBy(memberships.channelId, memberships.userId);
  for (const row of rows) byChannel.get(row.channelId)?.push(row.userId);
  return byChannel;
}
