import { eq } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { findUser } from '../../database/entities/user.ts';
import { users } from '../../database/schema.ts';
import { preparedWrite } from '../handler.ts';
import { endSessions } from './queries.ts';

function wrongPassword(): ParleyError {
  return new ParleyError('forbidden', 'The current password is wrong.', {
    reason: 'wrong_password',
  });
}

/** Sets a new password and ends the actor's other sessions. */
export const changePassword = preparedWrite(
  'account.changePassword',
  async ({ db, actor, services, origin }, { currentPassword, newPassword }) => {
    const { identity } = services;
    const user = await findUser(db, actor.userId);
    const attempt = { account: actor.userId, address: origin.address };
    const isRight = await identity.signInLimits.guard(attempt, () =>
      identity.verifyPassword(user?.passwordHash ?? null, currentPassword),
    );
    if (!isRight || !user) throw wrongPassword();
    return { oldHash: user.passwordHash, newHash: await identity.hashPassword(newPassword) };
  },
  async ({ tx, now, actor }, _input, { oldHash, newHash }) => {
    const user = await findUser(tx, actor.userId);
    if (user?.passwordHash !== oldHash) throw wrongPassword();
    await tx.update(users).set({ passwordHash: newHash }).where(eq(users.id, actor.userId));
    const events = await endSessions({ tx, now }, actor.userId, { except: actor.sessionId });
    return { output: {}, events };
  },
);
