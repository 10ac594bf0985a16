import { read } from '../handler.ts';
import { pageOfReleases } from './queries.ts';

/** What was published, the latest first, withdrawn releases too. */
export const listReleases = read('update.list', ({ db }, page) => pageOfReleases(db, page));
