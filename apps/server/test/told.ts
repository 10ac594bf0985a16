import { asc, gt } from 'drizzle-orm';
import type { Database } from '../src/database/client.ts';
import { log } from '../src/database/schema.ts';
import { readHead } from '../src/log/head.ts';

/** The events after a position, in their order. */
export function toldSince(db: Database, position: number) {
  return db.select().from(log).where(gt(log.position, position)).orderBy(asc(log.position));
}

/** Runs the action; resolves to its events, as `[type, audience]`. For suites where nobody else writes meanwhile. */
export async function toldBy(
  db: Database,
  action: () => Promise<unknown>,
): Promise<[type: string, audience: string][]> {
  const { position } = await readHead(db);
  await action();
  const told = await toldSince(db, position);
  return told.map(({ type, audience }) => [type, audience]);
}
