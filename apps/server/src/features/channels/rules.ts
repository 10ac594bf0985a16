import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../../database/client.ts';
import {
  findChannel,
  type ChannelRow,
  type MembershipRow,
} from '../../database/entities/channel.ts';
import type { KnownChannel, KnownMembership } from '../../database/entities/known-channels.ts';
import { findMembership } from '../../database/entities/membership.ts';

type Viewer = { userId: Id; role: Role };

/** A channel that the viewer may see, and their own membership, if they are in it. */
export type SeenChannel = { channel: ChannelRow; membership: MembershipRow | null };

/** The same for somebody who is in it. */
export type JoinedChannel = { channel: ChannelRow; membership: MembershipRow };

function notFound(): ParleyError {
  return new ParleyError('not_found', 'There is no such channel.');
}

function notJoined(): ParleyError {
  return new ParleyError('forbidden', 'Join the channel first.', { reason: 'not_a_member' });
}

/** Members see their channels; public channels are seen by everybody but guests. */
export function maySee(
  viewer: { role: Role },
  channel: Pick<ChannelRow, 'kind'>,
  isMember: boolean,
): boolean {
  return isMember || (channel.kind === 'public' && viewer.role !== 'guest');
}

/** The channel, or `not_found` when the viewer may not know that it exists. */
export async function seeChannel(
  queryable: Queryable,
  viewer: Viewer,
  channelId: Id,
): Promise<SeenChannel> {
  const channel = await findChannel(queryable, channelId);
  if (!channel) throw notFound();
  const membership = await findMembership(queryable, channelId, viewer.userId);
  if (!maySee(viewer, channel, membership !== null)) throw notFound();
  return { channel, membership };
}

/** The channel that the viewer is in: `not_found` when they may not see it, `forbidden` when they are not in. */
export async function joinedTo(
  queryable: Queryable,
  viewer: Viewer,
  channelId: Id,
): Promise<JoinedChannel> {
  const { channel, membership } = await seeChannel(queryable, viewer, channelId);
  if (!membership) throw notJoined();
  return { channel, membership };
}

/** The channel that the node knows, or `not_found`; null stands for one that does not exist. */
export function seeKnown<C extends KnownChannel>(
  viewer: { role: Role },
  channel: C | null,
  membership: KnownMembership | null,
): C {
  if (!channel || !maySee(viewer, channel, membership !== null)) throw notFound();
  return channel;
}

/** The same as `joinedTo` for a channel that the node knows. */
export function joinedToKnown(
  viewer: { role: Role },
  channel: KnownChannel | null,
  membership: KnownMembership | null,
): { channel: KnownChannel; membership: KnownMembership } {
  const seen = seeKnown(viewer, channel, membership);
  if (!membership) throw notJoined();
  return { channel: seen, membership };
}

/**
 * Channel admins, and admins of the workspace: in public channels everywhere, else where they are in. Somebody
 * who has become a guest keeps the role in the channel for later, but not what it allows.
 */
export function isChannelAdmin(
  viewer: { role: Role },
  seen: { channel: Pick<ChannelRow, 'kind'>; membership: KnownMembership | null },
): boolean {
  if (viewer.role === 'guest') return false;
  if (seen.membership?.role === 'admin') return true;
  return isAdminRole(viewer.role) && (seen.membership !== null || seen.channel.kind === 'public');
}

export function assertChannelAdmin(viewer: { role: Role }, seen: SeenChannel): void {
  if (isChannelAdmin(viewer, seen)) return;
  throw new ParleyError('forbidden', 'Only admins of the channel may do this.');
}

export function assertNotArchived(channel: Pick<ChannelRow, 'archivedAt'>): void {
  if (channel.archivedAt === null) return;
  throw new ParleyError('conflict', 'The channel is archived.', { reason: 'archived' });
}

/** Direct and group conversations are what their people are: nobody joins, leaves or changes them. */
export function assertNotDirect(channel: Pick<ChannelRow, 'kind'>): void {
  if (channel.kind === 'public' || channel.kind === 'private') return;
  throw new ParleyError('conflict', 'This is not possible in a direct conversation.', {
    reason: 'direct',
  });
}

/** Throws what keeps somebody from writing here. Where only admins may post, what stays in threads is free. */
export function assertMayPost(
  viewer: { role: Role },
  joined: { channel: KnownChannel; membership: KnownMembership },
  options: { inThreadOnly: boolean },
): void {
  assertNotArchived(joined.channel);
  if (joined.channel.postingPolicy === 'everyone' || options.inThreadOnly) return;
  if (isChannelAdmin(viewer, joined)) return;
  throw new ParleyError('forbidden', 'Only admins of the channel may post here.', {
    reason: 'posting_policy',
  });
}
