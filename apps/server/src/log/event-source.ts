import { and, asc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import type { Queryable } from '../database/client.ts';
import { log } from '../database/schema.ts';

/** Positions after the first up to the second. */
export type Range = { after: number; through: number };

/** Where events can be read from, in their order: the log itself, or what a node remembers of its end. */
export type EventSource = {
  /** Events for this audience, of these types. */
  ofTypes(audience: Audience, types: Event['type'][], range: Range): Promise<Event[]>;
  /** The first events for any of these audiences, at most `limit`. */
  forAudiences(audiences: ReadonlySet<Audience>, range: Range, limit: number): Promise<Event[]>;
};

type LogRow = typeof log.$inferSelect;

/** A row as it was appended: `type` and `data` went in as one typed event. */
function toEvent(row: LogRow): Event {
  return { ...row, at: row.at.toISOString() } as Event;
}

function within({ after, through }: Range) {
  return and(gt(log.position, after), lte(log.position, through));
}

/** The log as the database has it. */
export function logIn(queryable: Queryable): EventSource {
  return {
    async ofTypes(audience, types, range) {
      const rows = await queryable
        .select()
        .from(log)
        .where(and(eq(log.audience, audience), inArray(log.type, types), within(range)))
        .orderBy(asc(log.position));
      return rows.map(toEvent);
    },
    async forAudiences(audiences, range, limit) {
      const list = sql.param([...audiences]);
      const rows = await queryable
        .select()
        .from(log)
        .where(and(within(range), sql`${log.audience} = any(${list}::text[])`))
        .orderBy(asc(log.position))
        .limit(limit);
      return rows.map(toEvent);
    },
  };
}

/** Everything in the log after `after` up to `through`, for all audiences; at most `limit`. */
export async function readLog(queryable: Queryable, range: Range, limit: number): Promise<Event[]> {
  const rows = await queryable
    .select()
    .from(log)
    .where(within(range))
    .orderBy(asc(log.position))
    .limit(limit);
  return rows.map(toEvent);
}
