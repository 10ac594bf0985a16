import { and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role, User } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../client.ts';
import { memberships, users } from '../schema.ts';
import { optionalTimestamp } from './moments.ts';

export type UserRow = typeof users.$inferSelect;

/** The user as everybody may see them: without the e-mail address. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    displayName: row.displayName,
    role: row.role,
    kind: row.kind,
    title: row.title,
    timezone: row.timezone,
    avatarFileId: row.avatarFileId,
    status: row.status,
    deactivatedAt: optionalTimestamp(row.deactivatedAt),
  };
}

/** The user as admins and they themselves may see them. */
export function toUserWithEmail(row: UserRow): User {
  return { ...toUser(row), email: row.email };
}

/** The row of one user, or null. */
export async function findUser(queryable: Queryable, userId: Id): Promise<UserRow | null> {
  const [row] = await queryable.select().from(users).where(eq(users.id, userId));
  return row ?? null;
}

/** The rows of those of these users that exist, by id. */
export async function findUsers(queryable: Queryable, userIds: Id[]): Promise<Map<Id, UserRow>> {
  if (userIds.length === 0) return new Map();
  const rows = await queryable.select().from(users).where(inArray(users.id, userIds));
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * People in the order of their ids whom this viewer may know: a guest knows those of their own
 * conversations, everybody else knows all.
 */
export async function visibleUsers(
  queryable: Queryable,
  viewer: { userId: Id; role: Role },
  page: { after?: Id | undefined; limit?: number } = {},
): Promise<UserRow[]> {
  const visible =
    viewer.role === 'guest'
      ? or(eq(users.id, viewer.userId), sharesConversation(viewer.userId))
      : undefined;
  const afterwards = page.after === undefined ? undefined : gt(users.id, page.after);
  const query = queryable
    .select()
    .from(users)
    .where(and(visible, afterwards))
    .orderBy(asc(users.id));
  return page.limit === undefined ? query : query.limit(page.limit);
}

/** Whether the viewer may know that this person exists. */
export async function maySeeUser(
  queryable: Queryable,
  viewer: { userId: Id; role: Role },
  userId: Id,
): Promise<boolean> {
  if (viewer.role !== 'guest' || viewer.userId === userId) return true;
  const [row] = await queryable
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), sharesConversation(viewer.userId)));
  return row !== undefined;
}

function sharesConversation(viewerId: Id) {
  return sql`exists (select 1 from ${memberships} mine join ${memberships} theirs
    on theirs.channel_id = mine.channel_id
    where mine.user_id = ${viewerId} and theirs.user_id = ${users.id})`;
}
