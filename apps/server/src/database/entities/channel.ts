import { eq } from 'drizzle-orm';
import type { Channel, Member } from '@parley/shared/protocol/channel.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../client.ts';
import { channels, type memberships } from '../schema.ts';
import { optionalTimestamp, timestamp } from './moments.ts';

export type ChannelRow = typeof channels.$inferSelect;
export type MembershipRow = typeof memberships.$inferSelect;

/** The channel as those who may see it see it. */
export function toChannel(row: ChannelRow): Channel {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    topic: row.topic,
    purpose: row.purpose,
    createdBy: row.createdBy,
    createdAt: timestamp(row.createdAt),
    archivedAt: optionalTimestamp(row.archivedAt),
    messageCount: row.messageCount,
    memberCount: row.memberCount,
    lastMessageAt: optionalTimestamp(row.lastMessageAt),
    postingPolicy: row.postingPolicy,
    retentionDays: row.retentionDays,
    directUserIds: row.directUserIds,
  };
}

/** What everybody in the channel may know of a membership. */
export function toMember(row: MembershipRow): Member {
  return { userId: row.userId, role: row.role, joinedAt: timestamp(row.joinedAt) };
}

/** The row of one channel, or null. */
export async function findChannel(queryable: Queryable, channelId: Id): Promise<ChannelRow | null> {
  const [row] = await queryable.select().from(channels).where(eq(channels.id, channelId));
  return row ?? null;
}
