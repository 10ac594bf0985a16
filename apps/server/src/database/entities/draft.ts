import { desc, eq } from 'drizzle-orm';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../client.ts';
import { drafts } from '../schema.ts';
import { timestamp } from './moments.ts';

type DraftRow = typeof drafts.$inferSelect;

/** The draft as its owner may see it; it is nobody else's business. */
export function toDraft(row: DraftRow): Draft {
  return {
    channelId: row.channelId,
    threadRootId: row.placeId === row.channelId ? null : row.placeId,
    text: row.text,
    files: row.files,
    version: row.version,
    updatedAt: timestamp(row.updatedAt),
  };
}

/** All drafts of a person, latest first: at most `maxDrafts`. */
export async function draftsOf(queryable: Queryable, userId: Id): Promise<Draft[]> {
  const rows = await queryable
    .select()
    .from(drafts)
    .where(eq(drafts.userId, userId))
    .orderBy(desc(drafts.version));
  return rows.map(toDraft);
}
