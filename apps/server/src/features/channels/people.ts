import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../../database/client.ts';
import { findUsers, maySeeUser, type UserRow } from '../../database/entities/user.ts';
import type { Actor } from '../handler.ts';

/** These people, each once; `not_found` when one of them does not exist for the actor. */
export async function knownUsers(
  queryable: Queryable,
  actor: Actor,
  userIds: Id[],
): Promise<UserRow[]> {
  const wanted = [...new Set(userIds)];
  const found = await findUsers(queryable, wanted);
  const people: UserRow[] = [];
  for (const userId of wanted) {
    const person = found.get(userId);
    if (!person || !(await maySeeUser(queryable, actor, userId))) {
      throw new ParleyError('not_found', 'There is no such person.');
    }
    people.push(person);
  }
  return people;
}

/** The same, and `conflict` when one of them is deactivated. */
export async function activeUsers(
  queryable: Queryable,
  actor: Actor,
  userIds: Id[],
): Promise<UserRow[]> {
  const people = await knownUsers(queryable, actor, userIds);
  if (people.some(({ deactivatedAt }) => deactivatedAt !== null)) {
    throw new ParleyError('conflict', 'A deactivated person cannot be added.', {
      reason: 'deactivated',
    });
  }
  return people;
}
