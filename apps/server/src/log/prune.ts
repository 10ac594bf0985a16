import { desc, eq, lt, lte } from 'drizzle-orm';
import type { Database } from '../database/client.ts';
import { head, log } from '../database/schema.ts';
import { lockHead } from './head.ts';

/** Nobody can write while the head is locked, so what goes at a time is little. */
const eventsAtATime = 10_000;

/** Deletes all events from before a moment. Returns the position up to which the log is gone. */
export async function pruneLog(
  db: Database,
  before: Date,
  atATime = eventsAtATime,
): Promise<number> {
  const [last] = await db
    .select({ position: log.position })
    .from(log)
    .where(lt(log.at, before))
    .orderBy(desc(log.position))
    .limit(1);
  for (;;) {
    const prunedThrough = await pruneSome(db, last?.position ?? 0, atATime);
    if (prunedThrough >= (last?.position ?? 0)) return prunedThrough;
  }
}

async function pruneSome(db: Database, through: number, atATime: number): Promise<number> {
  return db.transaction(async (tx) => {
    const { prunedThrough } = await lockHead(tx);
    const next = Math.min(through, prunedThrough + atATime);
    if (next <= prunedThrough) return prunedThrough;
    await tx.delete(log).where(lte(log.position, next));
    await tx.update(head).set({ prunedThrough: next }).where(eq(head.id, 1));
    return next;
  });
}
