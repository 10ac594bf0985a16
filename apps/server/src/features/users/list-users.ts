import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import { toUser, toUserWithEmail, visibleUsers } from '../../database/entities/user.ts';
import { read } from '../handler.ts';

/** The people whom the actor may know, in the order of their ids. */
export const listUsers = read('user.list', async ({ db, actor }, { after, limit }) => {
  const rows = await visibleUsers(db, actor, { after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const isAdmin = isAdminRole(actor.role);
  return {
    users: page.map((row) =>
      isAdmin || row.id === actor.userId ? toUserWithEmail(row) : toUser(row),
    ),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
});
