import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { MemberRole } from '@parley/shared/protocol/channel.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { v7 as uuidv7 } from 'uuid';
import type { Queryable, Transaction } from '../../database/client.ts';
import {
  findChannel,
  toChannel,
  toMember,
  type ChannelRow,
  type MembershipRow,
} from '../../database/entities/channel.ts';
import { memberIdsOf, membershipsOf, toMembership } from '../../database/entities/membership.ts';
import { findUsers, toUser, type UserRow } from '../../database/entities/user.ts';
import { channels, drafts, memberships, threadChoices, users } from '../../database/schema.ts';

type Moment = { tx: Transaction; now: Date };

type NewChannel = Pick<ChannelRow, 'kind' | 'name' | 'topic' | 'purpose' | 'createdBy'> & {
  directUserIds?: Id[];
};

/** What makes two names the same: compatibility forms and case do not count. */
export function nameKeyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** What makes two groups of people the same. */
export function directKeyOf(userIds: Id[]): string {
  return [...userIds].sort().join(',');
}

/** Writes a channel without members. */
export async function insertChannel(
  { tx, now }: Moment,
  { directUserIds, ...channel }: NewChannel,
): Promise<ChannelRow> {
  const people = directUserIds ? [...directUserIds].sort() : null;
  const [row] = await tx
    .insert(channels)
    .values({
      ...channel,
      id: uuidv7(),
      nameKey: people ? null : nameKeyOf(channel.name),
      createdAt: now,
      postingPolicy: 'everyone',
      directUserIds: people,
      directKey: people ? directKeyOf(people) : null,
    })
    .returning();
  if (!row) throw new Error('the channel was not written');
  return row;
}

/** Whether somebody in the channel is a guest, who knows people and channels by it alone. */
export async function hasGuest(queryable: Queryable, channelId: Id): Promise<boolean> {
  const [row] = await queryable
    .select({ id: users.id })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.channelId, channelId), eq(users.role, 'guest')))
    .limit(1);
  return row !== undefined;
}

/**
 * The event that a channel was made, changed or archived, to all who may know of it. Members hear of a public
 * channel as such, guests only as people in it.
 */
export async function channelEvents(
  tx: Transaction,
  type: 'channel.created' | 'channel.updated' | 'channel.archived',
  channel: ChannelRow,
): Promise<NewEvent[]> {
  const data = { channel: toChannel(channel) };
  const inside: NewEvent = { audience: `channel:${channel.id}`, type, data };
  if (channel.kind !== 'public') return [inside];
  const outside: NewEvent = { audience: 'members', type, data };
  return (await hasGuest(tx, channel.id)) ? [outside, inside] : [outside];
}

/**
 * Brings people into a channel, with nothing unread. The events of each: the membership to the person, then the
 * joining to the channel. Those who are in already must not be among them.
 */
export async function addMembers(
  { tx, now }: Moment,
  channel: ChannelRow,
  people: UserRow[],
  role: MemberRole,
): Promise<{ channel: ChannelRow; events: NewEvent[] }> {
  if (people.length === 0) return { channel, events: [] };
  const rows = await tx
    .insert(memberships)
    .values(
      people.map(({ id: userId }) => ({
        channelId: channel.id,
        userId,
        role,
        readThrough: channel.messageCount,
        joinedAt: now,
      })),
    )
    .returning();
  const [after] = await tx
    .update(channels)
    .set({ memberCount: sql`${channels.memberCount} + ${people.length}` })
    .where(eq(channels.id, channel.id))
    .returning();
  if (!after) throw new Error('the channel vanished');
  const byUser = new Map(rows.map((row) => [row.userId, row]));
  const forGuests = people.some((person) => person.role === 'guest')
    ? await peopleOf(tx, channel.id)
    : {};
  const events: NewEvent[] = [];
  for (const person of people) {
    const row = byUser.get(person.id);
    if (!row) throw new Error('a membership was not written');
    events.push({
      audience: `user:${person.id}`,
      type: 'membership.added',
      data: {
        channel: toChannel(after),
        membership: toMembership(row, { unreadCount: 0, mentionCount: 0 }),
        ...(person.role === 'guest' && forGuests),
      },
    });
  }
  for (const person of people) {
    const row = byUser.get(person.id);
    if (row) events.push(joinedEvent(after, row, person));
  }
  return { channel: after, events };
}

function joinedEvent(channel: ChannelRow, row: MembershipRow, person: UserRow): NewEvent {
  return {
    audience: `channel:${channel.id}`,
    type: 'member.joined',
    data: {
      channelId: channel.id,
      memberCount: channel.memberCount,
      member: toMember(row),
      user: toUser(person),
    },
  };
}

async function peopleOf(tx: Transaction, channelId: Id) {
  const memberIds = (await memberIdsOf(tx, [channelId])).get(channelId) ?? [];
  const people = await findUsers(tx, memberIds);
  return { memberIds, users: [...people.values()].map(toUser) };
}

/**
 * Takes a person out of a channel, with what they have begun to write and chosen there: their membership's end to them, then
 * the leaving to the channel.
 */
export async function removeMember(
  tx: Transaction,
  channelId: Id,
  userId: Id,
): Promise<NewEvent[]> {
  await tx
    .delete(memberships)
    .where(and(eq(memberships.channelId, channelId), eq(memberships.userId, userId)));
  for (const table of [drafts, threadChoices]) {
    await tx.delete(table).where(and(eq(table.userId, userId), eq(table.channelId, channelId)));
  }
  const [after] = await tx
    .update(channels)
    .set({ memberCount: sql`${channels.memberCount} - 1` })
    .where(eq(channels.id, channelId))
    .returning();
  if (!after) throw new Error('the channel vanished');
  return [
    { audience: `user:${userId}`, type: 'membership.removed', data: { channelId } },
    {
      audience: `channel:${channelId}`,
      type: 'member.left',
      data: { channelId, memberCount: after.memberCount, userId },
    },
  ];
}

/** Who of these people is in the channel already. */
export async function membersAmong(
  queryable: Queryable,
  channelId: Id,
  userIds: Id[],
): Promise<Set<Id>> {
  if (userIds.length === 0) return new Set();
  const rows = await queryable
    .select({ userId: memberships.userId })
    .from(memberships)
    .where(and(eq(memberships.channelId, channelId), inArray(memberships.userId, userIds)));
  return new Set(rows.map(({ userId }) => userId));
}

/** Whether another channel has this name. */
export async function isNameTaken(
  queryable: Queryable,
  name: string,
  exceptId?: Id,
): Promise<boolean> {
  const [row] = await queryable
    .select({ id: channels.id })
    .from(channels)
    .where(
      and(
        eq(channels.nameKey, nameKeyOf(name)),
        exceptId === undefined ? undefined : ne(channels.id, exceptId),
      ),
    );
  return row !== undefined;
}

/** A channel with the person's own membership, as commands answer it. */
export async function joinedChannel(queryable: Queryable, channelId: Id, userId: Id) {
  const row = await findChannel(queryable, channelId);
  const [membership] = await membershipsOf(queryable, userId, [channelId]);
  if (!row || !membership) throw new Error('the person is not in the channel');
  return { channel: toChannel(row), membership };
}
