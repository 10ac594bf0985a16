import { and, asc, desc, eq, gt, isNotNull, lt, lte, type SQL } from 'drizzle-orm';
import type { ParsedInput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Database } from '../../database/client.ts';
import {
  findMessage,
  forReader,
  toMessages,
  type MessageRow,
} from '../../database/entities/message.ts';
import { messages } from '../../database/schema.ts';
import { seeChannel } from '../channels/rules.ts';
import { read } from '../handler.ts';

/** A line of numbered messages: a channel's timeline or the replies of a thread. */
type Line = {
  within: SQL | undefined;
  number: typeof messages.number | typeof messages.threadNumber;
};

type Page = { rows: MessageRow[]; hasMoreBefore: boolean; hasMoreAfter: boolean };

/** Messages of a channel or a thread by number, ascending. */
export const readHistory = read('message.history', async ({ db, actor }, input) => {
  await seeChannel(db, actor, input.channelId);
  const line = await lineOf(db, input);
  const page = await readPage(db, line, input);
  const found = await toMessages(db, page.rows);
  return {
    messages: found.map((message) => forReader(message, actor.userId)),
    hasMoreBefore: page.hasMoreBefore,
    hasMoreAfter: page.hasMoreAfter,
  };
});

async function lineOf(db: Database, input: ParsedInput<'message.history'>): Promise<Line> {
  if (input.threadRootId === undefined) {
    return { within: eq(messages.channelId, input.channelId), number: messages.number };
  }
  const root = await findMessage(db, input.threadRootId);
  if (root?.channelId !== input.channelId) {
    throw new ParleyError('not_found', 'There is no such message in this channel.');
  }
  return { within: eq(messages.threadRootId, root.id), number: messages.threadNumber };
}

async function readPage(
  db: Database,
  line: Line,
  { before, after, around, limit }: ParsedInput<'message.history'>,
): Promise<Page> {
  if (after !== undefined) {
    const rows = await upwards(db, line, gt(line.number, after), limit + 1);
    const page = rows.slice(0, limit);
    return {
      rows: page,
      hasMoreBefore: await exists(db, line, lte(line.number, after)),
      hasMoreAfter: rows.length > limit,
    };
  }
  if (around !== undefined) return readAround(db, line, around, limit);
  const below = before === undefined ? undefined : lt(line.number, before);
  const rows = await downwards(db, line, below, limit + 1);
  const page = rows.slice(-limit);
  const last = page.at(-1);
  return {
    rows: page,
    hasMoreBefore: rows.length > limit,
    hasMoreAfter: before !== undefined && (await existsAfter(db, line, last, before)),
  };
}

/** Half of the page before the number, the rest from it on; near an end the other side fills up. */
async function readAround(db: Database, line: Line, around: number, limit: number): Promise<Page> {
  const [below, above] = await Promise.all([
    downwards(db, line, lt(line.number, around), limit + 1),
    upwards(db, line, gt(line.number, around - 1), limit + 1),
  ]);
  const half = Math.floor(limit / 2);
  const takenAbove = Math.min(above.length, Math.max(limit - half, limit - below.length));
  const takenBelow = Math.min(below.length, limit - takenAbove);
  return {
    rows: [...below.slice(below.length - takenBelow), ...above.slice(0, takenAbove)],
    hasMoreBefore: below.length > takenBelow,
    hasMoreAfter: above.length > takenAbove,
  };
}

async function upwards(db: Database, line: Line, where: SQL | undefined, limit: number) {
  return db
    .select()
    .from(messages)
    .where(and(line.within, isNotNull(line.number), where))
    .orderBy(asc(line.number))
    .limit(limit);
}

async function downwards(db: Database, line: Line, where: SQL | undefined, limit: number) {
  const rows = await db
    .select()
    .from(messages)
    .where(and(line.within, isNotNull(line.number), where))
    .orderBy(desc(line.number))
    .limit(limit);
  return rows.reverse();
}

async function exists(db: Database, line: Line, where: SQL): Promise<boolean> {
  return (await upwards(db, line, where, 1)).length > 0;
}

function existsAfter(db: Database, line: Line, last: MessageRow | undefined, before: number) {
  const number = line.number.name === 'thread_number' ? last?.threadNumber : last?.number;
  return exists(db, line, gt(line.number, number ?? before - 1));
}
