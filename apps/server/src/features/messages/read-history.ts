import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { ParsedInput } from '@parley/shared/protocol/commands.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Database } from '../../database/client.ts';
import { findMessage, toMessages, type MessageRow } from '../../database/entities/message.ts';
import { HistoryPage } from '../../database/entities/latest-pages.ts';
import { linesIn, type Line } from '../../database/entities/lines.ts';
import { seeKnown } from '../channels/rules.ts';
import { read, type ReadContext } from '../handler.ts';

type Input = ParsedInput<'message.history'>;
type Page = { rows: MessageRow[]; hasMoreBefore: boolean; hasMoreAfter: boolean };

/** Messages of a channel or a thread by number, ascending. */
export const readHistory = read('message.history', async (context, input) => {
  const { actor, services } = context;
  const { channelId, limit } = input;
  const bounds = [input.threadRootId, input.before, input.after, input.around];
  const isLatest = bounds.every((bound) => bound === undefined);
  if (isLatest && services.latestPages.get(channelId, limit) && (await services.isCurrent())) {
    await assertMaySee(context, channelId, true);
    // It may have changed since it was found.
    const known = services.latestPages.get(channelId, limit);
    if (known) return known.for(actor.userId);
  }
  const reading = isLatest ? services.latestPages.begin(channelId) : null;
  try {
    // What a reader may not see is read for nothing, which is rare, and never leaves here.
    const [, page] = await Promise.all([
      assertMaySee(context, channelId, false),
      encodedPage(context.db, input),
    ]);
    // Only now: whether a thread exists is told to nobody who may not see its channel.
    if (!page) throw new ParleyError('not_found', 'There is no such message in this channel.');
    if (reading) services.latestPages.keep(reading, limit, page);
    return page.for(actor.userId);
  } finally {
    if (reading) services.latestPages.end(reading);
  }
});

async function assertMaySee(
  { db, actor, services }: ReadContext<'message.history'>,
  channelId: Id,
  isCurrent: boolean,
): Promise<void> {
  const place = { channelId, userId: actor.userId };
  const known = await services.knownChannels.look(db, [place], isCurrent);
  seeKnown(actor, known.channel(channelId), known.membership(place));
}

async function encodedPage(db: Database, input: Input): Promise<HistoryPage | null> {
  const line = await lineOf(db, input);
  if (!line) return null;
  const { rows, hasMoreBefore, hasMoreAfter } = await readPage(line, input);
  return new HistoryPage({ messages: await toMessages(db, rows), hasMoreBefore, hasMoreAfter });
}

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
