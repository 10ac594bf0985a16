import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import type { Event, NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { codeOf, type Database, type Transaction } from '../database/client.ts';
import { preparedOn } from '../database/prepared.ts';
import type { Head } from './head.ts';

/** An event with who did it and when, waiting for its place. */
export type Entry = { event: NewEvent; actorId: Id | null; at: Date };

/** A statement that has not been sent yet, and may become a part of another. */
export type Statement = PendingQuery<Row[]>;

/** The entries as they stand in the log after this position. */
export function eventsAfter(position: number, entries: Entry[]): Event[] {
  const events = entries.map(({ event, actorId, at }, index) => ({
    position: position + index + 1,
    audience: event.audience,
    type: event.type,
    data: event.data,
    actorId,
    at: at.toISOString(),
  }));
  // `type` and `data` come from one NewEvent each, so the pairs still fit.
  return events as Event[];
}

/**
 * One array a column, and what happened as lines of JSON, in which no line breaks: Postgres reads each once, where it
 * goes through the rows of a JSON array several times.
 */
function insertion(sql: Sql | TransactionSql, events: Event[]): Statement {
  return sql`
    insert into log (position, audience, type, data, actor_id, at)
    select r.position, r.audience, r.type, r.data::jsonb, r.actor_id, r.at::timestamptz
    from unnest(
      ${events.map(({ position }) => position)}::bigint[],
      ${events.map(({ audience }) => audience)}::text[],
      ${events.map(({ type }) => type)}::text[],
      string_to_array(${events.map(({ data }) => JSON.stringify(data)).join('\n')}, chr(10)),
      ${events.map(({ actorId }) => actorId)}::uuid[],
      ${events.map(({ at }) => at)}::text[]) as r(position, audience, type, data, actor_id, at)`;
}

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
  const events = eventsAfter(from.position, entries);
  const sql = preparedOn(tx);
  await Promise.all([
    insertion(sql, events),
    sql`update head set position = ${from.position + events.length} where id = 1`,
  ]);
  return events;
}

/** Postgres's code for what `appendAtOnce` makes of a head that lies elsewhere. */
const divisionByZero = '22012';

/**
 * Appends these events, which begin after `from`, and does what else belongs to them, as one statement that
 * commits by itself: one round trip. It takes place only if the log still ends at `from`; otherwise nothing is
 * written, and this resolves to false. The main query is what Postgres runs first, so the head is locked before
 * anything else is touched, as in every transaction of a writer; whoever else moved it meanwhile makes the count
 * zero and the statement fail as a whole.
 */
export async function appendAtOnce(
  db: Database,
  from: number,
  events: Event[],
  statementsOf: (sql: Sql | TransactionSql) => Statement[],
): Promise<boolean> {
  const sql = preparedOn(db);
  const parts = [insertion(sql, events), ...statementsOf(sql)].map(
    (statement, index) => sql`, ${sql(`part_${index}`)} as (${statement})`,
  );
  try {
    await sql`
      with moved as (
        update head set position = ${from + events.length} where id = 1 and position = ${from} returning 1
      )${parts}
      select 1 / count(*) from moved`;
    return true;
  } catch (error) {
    if (codeOf(error) === divisionByZero) return false;
    throw error;
  }
}
