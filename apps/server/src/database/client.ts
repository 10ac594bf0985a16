import { fileURLToPath } from 'node:url';
import { DrizzleQueryError } from 'drizzle-orm';
import { makePgArray } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { parse } from 'postgres-array';
import * as schema from './schema.ts';
import { watchedSockets } from './watched-socket.ts';

export type Schema = typeof schema;
export type Database = PostgresJsDatabase<Schema>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** Where a query may run: alone, or inside a transaction. */
export type Queryable = Database | Transaction;

/** How long a connection that was lost waits before it is made anew, however often that failed: a second at most. */
const reconnectSeconds = (failures: number) => Math.min(1, 0.05 * 2 ** failures);

/** A statement that runs is cancelled before. */
const silentMs = 45_000;

/**
 * The writer's statements find each row by an index, whatever their parameters are and however small a table was when
 * it was looked at last: one plan serves for good. Planning anew costs several times what the statement itself does,
 * and a plan from the statistics of a small workspace would read the whole of a table that has grown since. So what
 * an index yields is made dear, which speaks for looking up few rows, and fetching pages costs nothing.
 */
const plansOfWriter = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  random_page_cost: '0',
  cpu_index_tuple_cost: '1',
};

/** The numbers that Postgres has for the types of arrays that statements take or give; they never change. */
const arrayOids = { integers: 1007, texts: 1009, bigints: 1016, uuids: 2951 };

/**
 * How those are written and read. Left to itself, the driver asks for the types of arrays on each new connection, and
 * where that very question is lost with the connection, it takes arrays for text for good.
 */
const arrayTypes = Object.fromEntries(
  Object.entries(arrayOids).map(([name, oid]) => [
    name,
    {
      to: oid,
      from: [oid],
      // Drizzle has written those of its columns already.
      serialize: (value: unknown) => (Array.isArray(value) ? makePgArray(value) : value),
      parse: (text: string): unknown[] =>
        oid === arrayOids.integers ? parse(text, Number) : parse(text, (item) => item),
    },
  ]),
);

export type DatabaseClient = {
  db: Database;
  /**
   * One connection for the writer alone. It never waits behind those who read, and what is prepared for it and
   * planned stays with it, where a pool would have each connection learn the same.
   */
  writes: Database;
  /** Ends all connections; running statements get up to five seconds. */
  close(): Promise<void>;
};

/**
 * Opens a pool to the database at `url`, of 10 connections unless told otherwise, and one more for the writer.
 * Statements that run longer than 30 s are cancelled, and so are transactions that idle that long: a lock on the head
 * of the log must not outlive its holder's attention. What gets no answer for `silentMs` milliseconds fails as where a
 * connection is lost.
 */
export function openDatabase(
  url: string,
  options: { maxConnections?: number; silentMs?: number } = {},
): DatabaseClient {
  const settings = {
    socket: watchedSockets(options.silentMs ?? silentMs),
    connect_timeout: 10,
    fetch_types: false,
    types: arrayTypes,
    backoff: reconnectSeconds,
    onnotice: () => undefined,
    connection: {
      application_name: 'parley',
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 30_000,
      TimeZone: 'UTC',
    },
  };
  const pool = postgres(url, { ...settings, max: options.maxConnections ?? 10 });
  const single = postgres(url, {
    ...settings,
    max: 1,
    connection: { ...settings.connection, ...plansOfWriter },
  });
  return {
    db: drizzle(pool, { schema }),
    writes: drizzle(single, { schema }),
    close: async () => {
      await Promise.all([pool.end({ timeout: 5 }), single.end({ timeout: 5 })]);
    },
  };
}

/** Brings the database to the newest schema; harmless when it is there already. */
export async function migrateDatabase(db: Database): Promise<void> {
  // Beside this module in the source tree, and beside the bundle in a build.
  const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));
  await migrate(db, { migrationsFolder });
}

const connectionTrouble =
  /^(?:CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ETIMEDOUT|08|57P0|53|57014|55P03|25P03)/;

/** Whether the database could not be reached or gave up, rather than refusing what it was asked for. */
export function isConnectionTrouble(error: unknown): boolean {
  return connectionTrouble.test(codeOf(error));
}

/** Whether the database refused a row because there is one of this kind already. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505';
}

/** The code of an error of the database or of the way to it; empty for any other. */
export function codeOf(error: unknown): string {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
