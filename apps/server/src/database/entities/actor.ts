import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../client.ts';
import { sessions, users } from '../schema.ts';

/** Who asks: a person on one of their signed-in devices. */
export type Actor = { userId: Id; sessionId: Id; role: Role };

/** Who is behind these sessions now; sessions that have ended and people who are deactivated are missing. */
export async function readActors(queryable: Queryable, sessionIds: Id[]): Promise<Map<Id, Actor>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await queryable
    .select({ sessionId: sessions.id, userId: users.id, role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        inArray(sessions.id, [...new Set(sessionIds)]),
        isNull(sessions.revokedAt),
        isNull(users.deactivatedAt),
      ),
    );
  return new Map(rows.map((row) => [row.sessionId, row]));
}
