import { toUserWithEmail } from '../../database/entities/user.ts';
import { write } from '../handler.ts';
import { changeUser } from './queries.ts';
import { assertMayManage, assertNotLastOwner, existingUser } from './rules.ts';

/** Changes what a person may do. */
export const setRole = write('user.setRole', async ({ tx, actor }, { userId, role }) => {
  const before = await existingUser(tx, userId);
  assertMayManage(actor, before.role, role);
  if (before.role === role) return { output: { user: toUserWithEmail(before) }, events: [] };
  await assertNotLastOwner(tx, before);
  const { user, events } = await changeUser(tx, before, { role });
  return { output: { user: toUserWithEmail(user) }, events };
});
