import { and, eq } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { toMember } from '../../database/entities/channel.ts';
import { findMembership, membershipOf } from '../../database/entities/membership.ts';
import { findUser, toUser } from '../../database/entities/user.ts';
import { memberships } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { assertChannelAdmin, assertNotArchived, assertNotDirect, joinedTo } from './rules.ts';

/** Makes a member an admin of the channel, or a plain member again. */
export const setMemberRole = write('channel.setMemberRole', async ({ tx, actor }, input) => {
  const { channelId, userId, role } = input;
  const joined = await joinedTo(tx, actor, channelId);
  assertNotDirect(joined.channel);
  assertChannelAdmin(actor, joined);
  assertNotArchived(joined.channel);
  const before = await findMembership(tx, channelId, userId);
  const user = await findUser(tx, userId);
  if (!before || !user) throw new ParleyError('not_found', 'This person is not in the channel.');
  if (before.role === role) return { output: { member: toMember(before) }, events: [] };
  if (role === 'admin' && user.role === 'guest') {
    throw new ParleyError('conflict', 'A guest cannot be an admin of a channel.', {
      reason: 'guest',
    });
  }
  await tx
    .update(memberships)
    .set({ role })
    .where(and(eq(memberships.channelId, channelId), eq(memberships.userId, userId)));
  const membership = await membershipOf(tx, userId, channelId);
  if (!membership) throw new Error('the membership vanished');
  const member = toMember({ ...before, role });
  return {
    output: { member },
    events: [
      { audience: `user:${userId}`, type: 'membership.updated', data: { membership } },
      {
        audience: `channel:${channelId}`,
        type: 'member.updated',
        data: { channelId, member, user: toUser(user) },
      },
    ],
  };
});
