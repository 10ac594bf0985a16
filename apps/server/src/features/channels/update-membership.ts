import { and, eq } from 'drizzle-orm';
import { membershipOf } from '../../database/entities/membership.ts';
import { memberships } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { joinedTo } from './rules.ts';

/** Changes the actor's own view of a channel. */
export const updateMembership = write('membership.update', async ({ tx, actor }, input) => {
  const { channelId } = input;
  const { membership: before } = await joinedTo(tx, actor, channelId);
  const wanted = {
    notify: input.notify ?? before.notify,
    muted: input.muted ?? before.muted,
    starred: input.starred ?? before.starred,
    section: input.section === undefined ? before.section : input.section,
  };
  const isSame =
    wanted.notify === before.notify &&
    wanted.muted === before.muted &&
    wanted.starred === before.starred &&
    wanted.section === before.section;
  if (!isSame) {
    await tx
      .update(memberships)
      .set(wanted)
      .where(and(eq(memberships.channelId, channelId), eq(memberships.userId, actor.userId)));
  }
  const membership = await membershipOf(tx, actor.userId, channelId);
  if (!membership) throw new Error('the membership vanished');
  const event = {
    audience: `user:${actor.userId}` as const,
    type: 'membership.updated' as const,
    data: { membership },
  };
  return { output: { membership }, events: isSame ? [] : [event] };
});
