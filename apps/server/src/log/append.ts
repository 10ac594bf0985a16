import type { Event, NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../database/client.ts';
import { asJson, preparedOn } from '../database/prepared.ts';
import type { Head } from './head.ts';

/** An event with who did it and when, waiting for its place. */
export type Entry = { event: NewEvent; actorId: Id | null; at: Date };

/**
 * Gives the entries the places after `from.position` and moves the head there. `from` must be the head as this
 * transaction locked it. Returns the events as they stand in the log.
 */
export async function appendEvents(
  tx: Transaction,
  from: Head,
  entries: Entry[],
): Promise<Event[]> {
  if (entries.length === 0) return [];
  const events = entries.map(({ event, actorId, at }, index) => ({
    position: from.position + index + 1,
    audience: event.audience,
    type: event.type,
    data: event.data,
    actorId,
    at: at.toISOString(),
  }));
  const sql = preparedOn(tx);
  await Promise.all([
    sql`
      insert into log (position, audience, type, data, actor_id, at)
      select r.position, r.audience, r.type, r.data, r."actorId", r.at
      from json_to_recordset(${asJson(events)}::json)
        as r(position bigint, audience text, type text, data jsonb, "actorId" uuid, at timestamptz)`,
    sql`update head set position = ${from.position + events.length} where id = 1`,
  ]);
  // `type` and `data` come from one NewEvent each, so the pairs still fit.
  return events as Event[];
}
