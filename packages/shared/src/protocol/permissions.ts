import type { Role } from './user.ts';

const everybody: readonly Role[] = ['owner', 'admin', 'member', 'guest'];
const staff: readonly Role[] = ['owner', 'admin', 'member'];
const admins: readonly Role[] = ['owner', 'admin'];

/**
 * Which roles may use which permission. Every command names one; `anyone` needs no sign-in. What depends on
 * the thing itself (being in the channel, being the author) is decided by the feature's rules on top of this.
 */
export const permissions = {
  anyone: null,
  'account.own': everybody,
  'workspace.read': everybody,
  'people.manage': admins,
  'invites.manage': admins,
  'channels.create': staff,
  'channels.join': staff,
  'channels.use': everybody,
  'messages.read': everybody,
  'messages.write': everybody,
  'settings.manage': admins,
  'updates.manage': admins,
} as const satisfies Record<string, readonly Role[] | null>;

export type Permission = keyof typeof permissions;

/** Whether somebody with this role (null: not signed in) may use the permission. */
export function roleMay(role: Role | null, permission: Permission): boolean {
  const allowed = permissions[permission];
  return allowed === null || (role !== null && allowed.includes(role));
}

/** Whether the role runs the workspace: sees e-mail addresses, acts as an admin of every channel it is in. */
export function isAdminRole(role: Role): boolean {
  return role === 'owner' || role === 'admin';
}
