import { and, eq, inArray } from 'drizzle-orm';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import type { Membership } from '@parley/shared/protocol/channel.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../client.ts';
import { preparedOn } from '../prepared.ts';
import { memberships } from '../schema.ts';
import type { MembershipRow } from './channel.ts';
import { timestamp } from './moments.ts';

type Counts = { unreadCount: number; mentionCount: number };

/** The membership with its counts, as its owner alone may see it. */
export function toMembership(row: Omit<MembershipRow, 'setBackFrom'>, counts: Counts): Membership {
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

/** A membership with its counts as Postgres gives it: a bigint and a moment come as text. */
export type CountedRow = Omit<Membership, 'readThrough'> & { readThrough: string };

/**
 * The columns of a `CountedRow`, of the membership `m` in the channel `c`. What is unread follows from numbers,
 * less what does not count: deleted messages and, where the mark was set back, one's own. Each part reads an index
 * that has only the messages in question, and none of them when nothing is new.
 */
export function countedColumns(sql: Sql | TransactionSql): PendingQuery<Row[]> {
  return sql`
    m.channel_id as "channelId", m.user_id as "userId", m.role, m.read_through as "readThrough",
    case when c.message_count <= m.read_through then 0 else (
      c.message_count - m.read_through
      - (select count(*) from messages x
        where x.channel_id = m.channel_id and x.number > m.read_through
          and x.number is not null and (x.deleted_at is not null or x.kind <> 'text'))
      - (select count(*) from messages x
        where m.set_back_from > m.read_through
          and x.channel_id = m.channel_id and x.number > m.read_through and x.number <= m.set_back_from
          and x.author_id = m.user_id and x.deleted_at is null and x.kind = 'text'))::int
    end as "unreadCount",
    case when c.message_count <= m.read_through then 0 else (
      (select count(*) from mentions x
        where x.user_id = m.user_id and x.channel_id = m.channel_id and x.number > m.read_through)
      + (select count(*) from messages x
        where x.channel_id = m.channel_id and x.number > m.read_through and x.number is not null
          and (x.mentions_channel or x.mentions_here) and x.author_id <> m.user_id))::int
    end as "mentionCount",
    m.notify, m.muted, m.starred, m.section, m.joined_at as "joinedAt"`;
}

/** That row as the protocol has it. */
export function fromCounted(row: CountedRow): Membership {
  return toMembership(
    { ...row, readThrough: Number(row.readThrough), joinedAt: new Date(row.joinedAt) },
    row,
  );
}

/** A person's memberships in these channels, with their counts. */
export function membershipsOf(
  queryable: Queryable,
  userId: Id,
  channelIds: Id[],
): Promise<Membership[]> {
  return membershipsAt(
    queryable,
    channelIds.map((channelId) => ({ channelId, userId })),
  );
}

/** The memberships of several people that exist at these places, with their counts. */
export async function membershipsAt(queryable: Queryable, places: Place[]): Promise<Membership[]> {
  if (places.length === 0) return [];
  const sql = preparedOn(queryable);
  const unique = new Map(places.map((place) => [`${place.channelId} ${place.userId}`, place]));
  const channelIds = [...unique.values()].map(({ channelId }) => channelId);
  const userIds = [...unique.values()].map(({ userId }) => userId);
  const rows = await sql<CountedRow[]>`
    select ${countedColumns(sql)}
    from unnest(${channelIds}::uuid[], ${userIds}::uuid[]) as p(channel_id, user_id)
    join memberships m on m.channel_id = p.channel_id and m.user_id = p.user_id
    join channels c on c.id = m.channel_id`;
  return rows.map(fromCounted);
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
