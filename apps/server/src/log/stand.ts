import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import { AskedTogether, unnoticedMs } from '../database/asked-together.ts';
import type { Database } from '../database/client.ts';
import { preparedOn } from '../database/prepared.ts';
import type { Head } from './head.ts';
import type { Viewer } from './stream.ts';

type Row = {
  sessionId: Id;
  position: string;
  epoch: string;
  prunedThrough: string;
  userId: Id;
  role: Role;
  channelIds: Id[];
};

/** Where the log ends, and what a person may hear there, as of one moment. */
export type Stand = { head: Head; viewer: Viewer };

/** Sessions in one statement: each brings the channels of its person. */
const mostTogether = 100;

/** Tells sessions where they stand, those that come in a storm by few statements. */
export class Stands {
  readonly #reads: AskedTogether<Id, Stand | undefined>;

  constructor(db: Database) {
    this.#reads = new AskedTogether(
      { most: mostTogether, apartMs: unnoticedMs },
      async (sessionIds) => {
        const stands = await readStands(db, sessionIds);
        return (sessionId) => stands.get(sessionId);
      },
    );
  }

  /** As of a moment after the question. Throws `unauthenticated` when the session has ended. */
  async of(sessionId: Id): Promise<Stand> {
    const stand = await this.#reads.ask(sessionId);
    if (stand) return stand;
    throw new ParleyError('unauthenticated', 'This session has ended. Sign in again.');
  }
}

/**
 * The stand of these sessions; those that have ended are missing. One statement is one snapshot: an end of a session
 * that came before shows here; a later one is heard.
 */
async function readStands(db: Database, sessionIds: Id[]): Promise<Map<Id, Stand>> {
  const rows = await preparedOn(db)<Row[]>`
    select
      s.id as "sessionId", h.position, h.epoch, h.pruned_through as "prunedThrough", u.id as "userId", u.role,
      array(select m.channel_id from memberships m where m.user_id = u.id) as "channelIds"
    from head h, sessions s
    join users u on u.id = s.user_id
    where h.id = 1 and s.id = any(${sessionIds}::uuid[]) and s.revoked_at is null and u.deactivated_at is null`;
  return new Map(rows.map((row) => [row.sessionId, toStand(row)]));
}

function toStand(row: Row): Stand {
  const { epoch, userId, role } = row;
  return {
    head: { position: Number(row.position), epoch, prunedThrough: Number(row.prunedThrough) },
    viewer: { userId, role, channelIds: new Set(row.channelIds) },
  };
}
