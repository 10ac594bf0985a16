import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Database } from '../database/client.ts';
import { preparedOn } from '../database/prepared.ts';
import type { Head } from './head.ts';
import type { Viewer } from './stream.ts';

type Row = {
  position: string;
  epoch: string;
  prunedThrough: string;
  userId: Id;
  role: Role;
  channelIds: Id[];
};

/**
 * Where the log ends and what the person of this session may hear there, as of one moment: one statement is one
 * snapshot. An end of the session that came before shows here; a later one is heard. Throws `unauthenticated`
 * when the session has ended.
 */
export async function standOf(
  db: Database,
  sessionId: Id,
): Promise<{ head: Head; viewer: Viewer }> {
  const [row] = await preparedOn(db)<Row[]>`
    select
      h.position, h.epoch, h.pruned_through as "prunedThrough", u.id as "userId", u.role,
      array(select m.channel_id from memberships m where m.user_id = u.id) as "channelIds"
    from head h, sessions s
    join users u on u.id = s.user_id
    where h.id = 1 and s.id = ${sessionId} and s.revoked_at is null and u.deactivated_at is null`;
  if (!row) {
    throw new ParleyError('unauthenticated', 'This session has ended. Sign in again.');
  }
  return {
    head: {
      position: Number(row.position),
      epoch: row.epoch,
      prunedThrough: Number(row.prunedThrough),
    },
    viewer: { userId: row.userId, role: row.role, channelIds: new Set(row.channelIds) },
  };
}
