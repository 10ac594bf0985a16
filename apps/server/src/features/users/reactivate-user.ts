import { toUserWithEmail } from '../../database/entities/user.ts';
import { write } from '../handler.ts';
import { changeUser } from './queries.ts';
import { assertMayManage, existingUser } from './rules.ts';

/** Lets a deactivated person sign in again. */
export const reactivateUser = write('user.reactivate', async ({ tx, actor }, { userId }) => {
  const before = await existingUser(tx, userId);
  assertMayManage(actor, before.role);
  if (before.deactivatedAt === null) {
    return { output: { user: toUserWithEmail(before) }, events: [] };
  }
  const { user, events } = await changeUser(tx, before, { deactivatedAt: null });
  return { output: { user: toUserWithEmail(user) }, events };
});
