import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import { maySeeUser, toUser, toUserWithEmail } from '../../database/entities/user.ts';
import { read } from '../handler.ts';
import { existingUser } from './rules.ts';

/** One person whom the actor may know. */
export const getUser = read('user.get', async ({ db, actor }, { userId }) => {
  const row = await existingUser(db, userId);
  if (!(await maySeeUser(db, actor, userId))) {
    throw new ParleyError('not_found', 'There is no such person.');
  }
  const mayReadEmail = isAdminRole(actor.role) || userId === actor.userId;
  return { user: mayReadEmail ? toUserWithEmail(row) : toUser(row) };
});
