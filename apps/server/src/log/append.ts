import { eq } from 'drizzle-orm';
import type { Event, NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../database/client.ts';
import { head, log } from '../database/schema.ts';
import type { Head } from './head.ts';

/** An event with who did it and when, waiting for its place. */
export type Entry = { event: NewEvent; actorId: Id | null; at: Date };

/** Rows in one INSERT: below the 65,535 parameters that Postgres takes in one statement. */
const rowsPerInsert = 5_000;

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
  const rows = entries.map(({ event, actorId, at }, index) => ({
    position: from.position + index + 1,
    audience: event.audience,
    type: event.type,
    data: event.data,
    actorId,
    at,
  }));
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await tx.insert(log).values(rows.slice(start, start + rowsPerInsert));
  }
  await tx
    .update(head)
    .set({ position: from.position + rows.length })
    .where(eq(head.id, 1));
  // `type` and `data` come from one NewEvent each, so the pairs still fit.
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }) as Event);
}
