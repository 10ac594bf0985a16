import type { Queryable, Transaction } from '../database/client.ts';
import { preparedOn } from '../database/prepared.ts';

/** Where the log ends, which life of it this is, and up to where it has been pruned. */
export type Head = { position: number; epoch: string; prunedThrough: number };

/** As Postgres gives it: a bigint comes as text. */
type Row = { position: string; epoch: string; prunedThrough: string };

function toHead(row: Row | undefined): Head {
  if (!row) throw new Error('The log has no head: the database was not migrated.');
  const { position, epoch, prunedThrough } = row;
  return { position: Number(position), epoch, prunedThrough: Number(prunedThrough) };
}

/** Reads the head without holding it. */
export async function readHead(queryable: Queryable): Promise<Head> {
  const [row] = await preparedOn(queryable)<Row[]>`
    select position, epoch, pruned_through as "prunedThrough" from head where id = 1`;
  return toHead(row);
}

/**
 * Locks the head for the rest of the transaction. Every writer does this first, so all writes happen one
 * after the other, positions follow the order of commits, and a rollback leaves no hole.
 */
export async function lockHead(tx: Transaction): Promise<Head> {
  const [row] = await preparedOn(tx)<Row[]>`
    select position, epoch, pruned_through as "prunedThrough" from head where id = 1 for update`;
  return toHead(row);
}
