import { bigint, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { id, moment } from './columns.ts';

/** One row: where the log ends. Whoever writes locks it first, which makes all writes one order. */
export const head = pgTable('head', {
  id: integer('id').primaryKey(),
  position: bigint('position', { mode: 'number' }).notNull(),
  epoch: text('epoch').notNull(),
  /** Events up to here have been pruned. */
  prunedThrough: bigint('pruned_through', { mode: 'number' }).notNull().default(0),
});

export const log = pgTable(
  'log',
  {
    position: bigint('position', { mode: 'number' }).primaryKey(),
    audience: text('audience').notNull(),
    type: text('type').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    actorId: id('actor_id'),
    at: moment('at').notNull(),
  },
  (table) => [index('log_audience_position').on(table.audience, table.position)],
);
