import { asc, eq } from 'drizzle-orm';
import { timestamp } from '../../database/entities/moments.ts';
import { revisions } from '../../database/schema.ts';
import { read } from '../handler.ts';
import { seeMessage } from './queries.ts';

/** Edits beyond these are kept but not shown. */
const maxShown = 200;

/** What an edited message said before, oldest first. */
export const listRevisions = read('message.revisions', async ({ db, actor }, { messageId }) => {
  await seeMessage(db, actor, messageId);
  const rows = await db
    .select()
    .from(revisions)
    .where(eq(revisions.messageId, messageId))
    .orderBy(asc(revisions.id))
    .limit(maxShown);
  return {
    revisions: rows.map(({ text, editedBy, at }) => ({ text, editedBy, at: timestamp(at) })),
  };
});
