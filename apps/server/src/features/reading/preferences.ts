import { eq } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { completed, type Preferences } from '@parley/shared/protocol/preferences.ts';
import type { Queryable } from '../../database/client.ts';
import { findUser } from '../../database/entities/user.ts';
import { users } from '../../database/schema.ts';
import { read, write } from '../handler.ts';

async function preferencesOf(queryable: Queryable, userId: Id): Promise<Preferences> {
  const user = await findUser(queryable, userId);
  if (!user) throw new ParleyError('unauthenticated', 'This account does not exist.');
  return completed(user.preferences);
}

/** The actor's preferences. */
export const getPreferences = read('preferences.get', async ({ db, actor }) => ({
  preferences: await preferencesOf(db, actor.userId),
}));

/** Replaces the given parts of them. */
export const setPreferences = write('preferences.set', async ({ tx, actor }, input) => {
  const before = await preferencesOf(tx, actor.userId);
  const preferences: Preferences = {
    notify: input.notify ?? before.notify,
    keywords: input.keywords ?? before.keywords,
    doNotDisturbUntil:
      input.doNotDisturbUntil === undefined ? before.doNotDisturbUntil : input.doNotDisturbUntil,
    quietHours: input.quietHours ?? before.quietHours,
    appearance: input.appearance ?? before.appearance,
  };
  // Postgres keeps the keys of an object in an order of its own.
  if (isDeepStrictEqual(preferences, before)) {
    return { output: { preferences }, events: [] };
  }
  await tx.update(users).set({ preferences }).where(eq(users.id, actor.userId));
  return {
    output: { preferences },
    events: [
      { audience: `user:${actor.userId}`, type: 'preferences.updated', data: { preferences } },
    ],
  };
});
