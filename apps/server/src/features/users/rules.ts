import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../../database/client.ts';
import { findUser, type UserRow } from '../../database/entities/user.ts';
import { hasOtherOwner } from './queries.ts';

/** The person, or `not_found`. */
export async function existingUser(queryable: Queryable, userId: Id): Promise<UserRow> {
  const user = await findUser(queryable, userId);
  if (!user) throw new ParleyError('not_found', 'There is no such person.');
  return user;
}

/** Only owners touch owners and admins, or make them. */
export function mayManage(actor: { role: Role }, target: Role, wanted: Role = target): boolean {
  if (actor.role === 'owner') return true;
  return actor.role === 'admin' && !isAdminRole(target) && !isAdminRole(wanted);
}

export function assertMayManage(actor: { role: Role }, target: Role, wanted: Role = target): void {
  if (mayManage(actor, target, wanted)) return;
  throw new ParleyError('forbidden', 'Only owners may do this to or for owners and admins.');
}

/** A workspace always has an active owner. */
export async function assertNotLastOwner(queryable: Queryable, user: UserRow): Promise<void> {
  if (user.role !== 'owner' || (await hasOtherOwner(queryable, user.id))) return;
  throw new ParleyError('conflict', 'This is the last owner. Make somebody else an owner first.', {
    reason: 'last_owner',
  });
}
