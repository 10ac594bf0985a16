import { eq } from 'drizzle-orm';
import type { Queryable, Transaction } from '../database/client.ts';
import { head } from '../database/schema.ts';

/** Where the log ends, which life of it this is, and up to where it has been pruned. */
export type Head = { position: number; epoch: string; prunedThrough: number };

const columns = {
  position: head.position,
  epoch: head.epoch,
  prunedThrough: head.prunedThrough,
};

/** Reads the head without holding it. */
export async function readHead(queryable: Queryable): Promise<Head> {
  const [row] = await queryable.select(columns).from(head).where(eq(head.id, 1));
  if (!row) throw new Error('The log has no head: the database was not migrated.');
  return row;
}

/**
 * Locks the head for the rest of the transaction. Every writer does this first, so all writes happen one
 * after the other, positions follow the order of commits, and a rollback leaves no hole.
 */
export async function lockHead(tx: Transaction): Promise<Head> {
  const [row] = await tx.select(columns).from(head).where(eq(head.id, 1)).for('update');
  if (!row) throw new Error('The log has no head: the database was not migrated.');
  return row;
}
