import { eq, or } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Queryable } from '../../database/client.ts';
import { findUser, type UserRow } from '../../database/entities/user.ts';
import { users } from '../../database/schema.ts';
import { preparedWrite } from '../handler.ts';
import { beginSession } from './queries.ts';

function wrongCredentials(): ParleyError {
  return new ParleyError('unauthenticated', 'The name or the password is wrong.', {
    reason: 'wrong_credentials',
  });
}

async function findByLogin(queryable: Queryable, login: string): Promise<UserRow | null> {
  const [row] = await queryable
    .select()
    .from(users)
    .where(or(eq(users.username, login), eq(users.email, login)));
  return row ?? null;
}

/** Signs in. The same answer, as slowly, for an unknown name and for a wrong password. */
export const createSession = preparedWrite(
  'session.create',
  async ({ db, services, origin }, input) => {
    const { identity } = services;
    const login = input.login.trim().toLowerCase();
    const user = await findByLogin(db, login);
    const attempt = { account: user?.id ?? login, address: origin.address };
    const isRight = await identity.signInLimits.guard(attempt, () =>
      identity.verifyPassword(user?.passwordHash ?? null, input.password),
    );
    if (!isRight || !user) throw wrongCredentials();
    return user;
  },
  async ({ tx, now, services }, input, verified) => {
    const user = await findUser(tx, verified.id);
    // The password may have been changed while it was being checked.
    if (user?.passwordHash !== verified.passwordHash) throw wrongCredentials();
    if (user.deactivatedAt !== null) {
      throw new ParleyError('forbidden', 'This account is deactivated. Ask an admin.', {
        reason: 'deactivated',
      });
    }
    return beginSession({ tx, now, services }, user, input.device);
  },
);
