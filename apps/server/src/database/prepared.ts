import type { Sql, TransactionSql } from 'postgres';
import type { Database, Queryable } from './client.ts';

/**
 * The connection that a drizzle query would use, for the few statements of the hot path that are written by
 * hand: they are prepared once for each connection, and those sent without waiting for one another leave
 * together. Drizzle prepares only what its builders make, so this reaches for the client that it keeps;
 * `prepared.pg.test.ts` fails when drizzle keeps it elsewhere.
 */
export function preparedOn(queryable: Queryable): Sql | TransactionSql {
  const session: unknown = Reflect.get(queryable, 'session');
  const client: unknown =
    typeof session === 'object' && session !== null ? Reflect.get(session, 'client') : undefined;
  if (typeof client !== 'function') throw new Error('drizzle keeps its client elsewhere now');
  return client as Sql | TransactionSql;
}

/**
 * A parameter for `json_to_recordset`: rows as one value, so that a statement has one text for any number. For rows that
 * are written now and then: what every message writes goes as one array a column, which costs Postgres a third of that.
 * The planner takes them for a hundred, so what is looked up by them goes through `unnest` of one array a
 * column, which it knows the length of, or takes for ten.
 */
export function asJson(rows: object[]): string {
  return JSON.stringify(rows);
}

/** Makes what is prepared for a database once for each database. */
export function oncePerDatabase<T>(make: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, { value: T }>();
  return (db) => {
    const known = made.get(db);
    if (known) return known.value;
    const value = make(db);
    made.set(db, { value });
    return value;
  };
}
