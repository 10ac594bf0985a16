import { and, eq, gt, lte } from 'drizzle-orm';
import type { Database } from '../database/client.ts';
import { head, log } from '../database/schema.ts';
import { lockHead, readHead } from './head.ts';

/** Nobody can write while the head is locked, so what goes at a time is little. */
const eventsAtATime = 10_000;

/** Deletes all events from before a moment. Returns the position up to which the log is gone. */
export async function pruneLog(
  db: Database,
  before: Date,
  atATime = eventsAtATime,
): Promise<number> {
  const last = await lastBefore(db, before);
  for (;;) {
    const prunedThrough = await pruneSome(db, last, atATime);
    if (prunedThrough >= last) return prunedThrough;
  }
}

/**
 * The position of the last event from before a moment. Positions have no holes and follow time, so halving finds it
 * in some twenty steps; an index on the time would cost every event that is written.
 */
async function lastBefore(db: Database, before: Date): Promise<number> {
  const { prunedThrough, position } = await readHead(db);
  let older = prunedThrough;
  let younger = position + 1;
  while (younger - older > 1) {
    const middle = Math.floor((older + younger) / 2);
    const [event] = await db.select({ at: log.at }).from(log).where(eq(log.position, middle));
    // What is missing has been pruned meanwhile, by another node.
    if (event && event.at >= before) younger = middle;
    else older = middle;
  }
  return older;
}

async function pruneSome(db: Database, through: number, atATime: number): Promise<number> {
  return db.transaction(async (tx) => {
    const { prunedThrough } = await lockHead(tx);
    const next = Math.min(through, prunedThrough + atATime);
    if (next <= prunedThrough) return prunedThrough;
    await tx.delete(log).where(and(gt(log.position, prunedThrough), lte(log.position, next)));
    await tx.update(head).set({ prunedThrough: next }).where(eq(head.id, 1));
    return next;
  });
}
