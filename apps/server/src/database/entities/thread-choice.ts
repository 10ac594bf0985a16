import { desc, eq } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { ThreadChoice } from '@parley/shared/protocol/thread.ts';
import type { Queryable } from '../client.ts';
import { threadChoices } from '../schema.ts';

/** What a person has chosen about threads, latest first: at most `maxThreadChoices`. */
export function threadChoicesOf(queryable: Queryable, userId: Id): Promise<ThreadChoice[]> {
  const { channelId, rootId, following } = threadChoices;
  return queryable
    .select({ channelId, rootId, following })
    .from(threadChoices)
    .where(eq(threadChoices.userId, userId))
    .orderBy(desc(threadChoices.position));
}
