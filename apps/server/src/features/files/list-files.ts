import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../../database/client.ts';
import { toFile } from '../../database/entities/file.ts';
import { forReader, toMessages } from '../../database/entities/message.ts';
import { files, messages } from '../../database/schema.ts';
import { seeChannel } from '../channels/rules.ts';
import { read } from '../handler.ts';

/** The files of a channel: those of the latest message first, those of one message in its order. */
export const listFiles = read('file.list', async ({ db, actor }, { channelId, after, limit }) => {
  await seeChannel(db, actor, channelId);
  const rows = await db
    .select()
    .from(files)
    .where(
      and(
        eq(files.channelId, channelId),
        isNotNull(files.messageId),
        isNull(files.deletedAt),
        after === undefined ? undefined : await beyond(db, channelId, after),
      ),
    )
    .orderBy(desc(files.messageId), asc(files.place))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const messageIds = new Set(page.flatMap(({ messageId }) => messageId ?? []));
  const found = await db
    .select()
    .from(messages)
    .where(inArray(messages.id, [...messageIds]));
  const byId = new Map((await toMessages(db, found)).map((message) => [message.id, message]));
  return {
    files: page.flatMap((row) => {
      const message = byId.get(row.messageId ?? '');
      // Deleted since the files were read.
      if (!message?.files.some(({ id }) => id === row.id)) return [];
      return [{ file: toFile(row), message: forReader(message, actor.userId) }];
    }),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
});

/** What comes after this file, which may have been deleted meanwhile. */
async function beyond(queryable: Queryable, channelId: Id, after: Id) {
  const [last] = await queryable
    .select({ messageId: files.messageId, place: files.place })
    .from(files)
    .where(and(eq(files.id, after), eq(files.channelId, channelId)));
  if (!last) {
    throw new ParleyError('invalid_input', 'after: no page ended with this file. Begin anew.');
  }
  const { messageId, place } = last;
  return sql`${files.messageId} <= ${messageId} and (${files.messageId} < ${messageId} or ${files.place} > ${place})`;
}
