import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { ParsedInput } from '@parley/shared/protocol/commands.ts';
import type { Database } from '../../database/client.ts';
import {
  findMessage,
  forReader,
  toMessages,
  type MessageRow,
} from '../../database/entities/message.ts';
import { linesIn, type Line } from '../../database/entities/lines.ts';
import { seeChannel } from '../channels/rules.ts';
import { read } from '../handler.ts';

type Input = ParsedInput<'message.history'>;
type Page = { rows: MessageRow[]; hasMoreBefore: boolean; hasMoreAfter: boolean };

/** Messages of a channel or a thread by number, ascending. */
export const readHistory = read('message.history', async ({ db, actor }, input) => {
  // What a reader may not see is read for nothing, which is rare, and never leaves here.
  const [, page] = await Promise.all([
    seeChannel(db, actor, input.channelId),
    lineOf(db, input).then((line) => line && readPage(line, input)),
  ]);
  if (!page) throw new ParleyError('not_found', 'There is no such message in this channel.');
  const found = await toMessages(db, page.rows);
  return {
    messages: found.map((message) => forReader(message, actor.userId)),
    hasMoreBefore: page.hasMoreBefore,
    hasMoreAfter: page.hasMoreAfter,
  };
});

async function lineOf(db: Database, input: Input): Promise<Line | null> {
  const { channelId, threadRootId } = input;
  if (threadRootId === undefined) return linesIn(db).channel(channelId);
  const root = await findMessage(db, threadRootId);
  return root?.channelId === channelId ? linesIn(db).thread(root.id) : null;
}

async function readPage(line: Line, { before, after, around, limit }: Input): Promise<Page> {
  if (after !== undefined) {
    const [rows, earlier] = await Promise.all([
      line.upwards(after, limit + 1),
      line.downwards(after + 1, 1),
    ]);
    return {
      rows: rows.slice(0, limit),
      hasMoreBefore: earlier.length > 0,
      hasMoreAfter: rows.length > limit,
    };
  }
  if (around !== undefined) return readAround(line, around, limit);
  const [rows, later] = await Promise.all([
    line.downwards(before ?? null, limit + 1),
    before === undefined ? [] : line.upwards(before - 1, 1),
  ]);
  return {
    rows: rows.slice(-limit),
    hasMoreBefore: rows.length > limit,
    hasMoreAfter: later.length > 0,
  };
}

/** Half of the page before the number, the rest from it on; near an end the other side fills up. */
async function readAround(line: Line, around: number, limit: number): Promise<Page> {
  const [below, above] = await Promise.all([
    line.downwards(around, limit + 1),
    line.upwards(around - 1, limit + 1),
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
