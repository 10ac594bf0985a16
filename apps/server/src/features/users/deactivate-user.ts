import { toUserWithEmail } from '../../database/entities/user.ts';
import { endSessions } from '../accounts/queries.ts';
import { write } from '../handler.ts';
import { changeUser } from './queries.ts';
import { assertMayManage, assertNotLastOwner, existingUser } from './rules.ts';

/** Ends all sessions of a person and keeps them from signing in. */
export const deactivateUser = write('user.deactivate', async ({ tx, actor, now }, { userId }) => {
  const before = await existingUser(tx, userId);
  assertMayManage(actor, before.role);
  if (before.deactivatedAt !== null) {
    return { output: { user: toUserWithEmail(before) }, events: [] };
  }
  await assertNotLastOwner(tx, before);
  const ended = await endSessions({ tx, now }, userId, 'all');
  const { user, events } = await changeUser(tx, before, { deactivatedAt: now }, 'user.deactivated');
  return { output: { user: toUserWithEmail(user) }, events: [...ended, ...events] };
});
