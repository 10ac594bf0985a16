import { and, asc, eq, gt } from 'drizzle-orm';
import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import { toMember } from '../../database/entities/channel.ts';
import { toUser, toUserWithEmail } from '../../database/entities/user.ts';
import { memberships, users } from '../../database/schema.ts';
import { read } from '../handler.ts';
import { seeChannel } from './rules.ts';

/** The members of a channel in the order of their ids. */
export const listMembers = read('channel.members', async ({ db, actor }, input) => {
  const { channelId, after, limit } = input;
  await seeChannel(db, actor, channelId);
  const rows = await db
    .select({ membership: memberships, user: users })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.channelId, channelId),
        after === undefined ? undefined : gt(memberships.userId, after),
      ),
    )
    .orderBy(asc(memberships.userId))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const present = isAdminRole(actor.role) ? toUserWithEmail : toUser;
  return {
    members: page.map(({ membership, user }) => ({
      ...toMember(membership),
      user: present(user),
    })),
    next: rows.length > limit ? (page.at(-1)?.user.id ?? null) : null,
  };
});
