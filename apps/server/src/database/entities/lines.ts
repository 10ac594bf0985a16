import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Database } from '../client.ts';
import { oncePerDatabase } from '../prepared.ts';
import { messages } from '../schema.ts';
import type { MessageRow } from './message.ts';

/** A line of numbered messages: a channel's timeline or the replies of a thread. Rows come ascending. */
export type Line = {
  /** The first ones after a number. */
  upwards(after: number, limit: number): Promise<MessageRow[]>;
  /** The last ones before a number; null: the last of all. */
  downwards(before: number | null, limit: number): Promise<MessageRow[]>;
};

type Columns = {
  within: typeof messages.channelId | typeof messages.threadRootId;
  number: typeof messages.number | typeof messages.threadNumber;
};

/** Every line is read by one index, from the number on, with statements that are prepared. */
export const linesIn = oncePerDatabase((db) => {
  const channel = prepareLine(db, 'channel', {
    within: messages.channelId,
    number: messages.number,
  });
  const thread = prepareLine(db, 'thread', {
    within: messages.threadRootId,
    number: messages.threadNumber,
  });
  return { channel, thread };
});

function prepareLine(db: Database, name: string, { within, number }: Columns): (id: Id) => Line {
  const isIn = eq(within, sql.placeholder('id'));
  const upwards = db
    .select()
    .from(messages)
    .where(and(isIn, gt(number, sql.placeholder('after'))))
    .orderBy(asc(number))
    .limit(sql.placeholder('limit'))
    .prepare(`${name}_upwards`);
  const downwards = db
    .select()
    .from(messages)
    .where(and(isIn, lt(number, sql.placeholder('before'))))
    .orderBy(desc(number))
    .limit(sql.placeholder('limit'))
    .prepare(`${name}_downwards`);
  return (id) => ({
    upwards: (after, limit) => upwards.execute({ id, after, limit }),
    downwards: async (before, limit) => {
      const rows = await downwards.execute({ id, before: before ?? beyondAll, limit });
      return rows.reverse();
    },
  });
}

/** No message has so high a number. */
const beyondAll = Number.MAX_SAFE_INTEGER;
