import { desc, eq, lt, lte } from 'drizzle-orm';
import type { Database } from '../database/client.ts';
import { head, log } from '../database/schema.ts';
import { lockHead } from './head.ts';

/** Deletes all events from before a moment. Returns the position up to which the log is gone. */
export async function pruneLog(db: Database, before: Date): Promise<number> {
  return db.transaction(async (tx) => {
    const { prunedThrough } = await lockHead(tx);
    const [last] = await tx
      .select({ position: log.position })
      .from(log)
      .where(lt(log.at, before))
      .orderBy(desc(log.position))
      .limit(1);
    if (!last || last.position <= prunedThrough) return prunedThrough;
    await tx.delete(log).where(lte(log.position, last.position));
    await tx.update(head).set({ prunedThrough: last.position }).where(eq(head.id, 1));
    return last.position;
  });
}
