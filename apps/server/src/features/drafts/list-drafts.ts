import { draftsOf } from '../../database/entities/draft.ts';
import { read } from '../handler.ts';

/** All that the person has begun to write. */
export const listDrafts = read('draft.list', async ({ db, actor }) => ({
  drafts: await draftsOf(db, actor.userId),
}));
