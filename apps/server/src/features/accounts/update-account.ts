import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { findUser, toUserWithEmail } from '../../database/entities/user.ts';
import { write } from '../handler.ts';
import { changeUser } from '../users/queries.ts';

/** Changes the actor's own profile. */
export const updateAccount = write('account.update', async ({ tx, actor }, input) => {
  const before = await findUser(tx, actor.userId);
  if (!before) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const wanted = {
    displayName: input.displayName ?? before.displayName,
    title: input.title ?? before.title,
    timezone: input.timezone ?? before.timezone,
  };
  if (input.avatarFileId !== undefined && input.avatarFileId !== before.avatarFileId) {
    throw new ParleyError('not_found', 'There is no such file.');
  }
  const isSame =
    wanted.displayName === before.displayName &&
    wanted.title === before.title &&
    wanted.timezone === before.timezone;
  if (isSame) return { output: { user: toUserWithEmail(before) }, events: [] };
  const { user, events } = await changeUser(tx, before, wanted);
  return { output: { user: toUserWithEmail(user) }, events };
});
