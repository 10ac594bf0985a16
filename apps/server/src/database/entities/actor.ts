import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../client.ts';
import { preparedOn } from '../prepared.ts';

/** Who asks: a person on one of their signed-in devices. */
export type Actor = { userId: Id; sessionId: Id; role: Role };

/** Who is behind these sessions now; sessions that have ended and people who are deactivated are missing. */
export async function readActors(queryable: Queryable, sessionIds: Id[]): Promise<Map<Id, Actor>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await preparedOn(queryable)<Actor[]>`
    select s.id as "sessionId", u.id as "userId", u.role
    from sessions s
    join users u on u.id = s.user_id
    where s.id = any(${[...new Set(sessionIds)]}::uuid[]) and s.revoked_at is null and u.deactivated_at is null`;
  return new Map(rows.map((row) => [row.sessionId, row]));
}
