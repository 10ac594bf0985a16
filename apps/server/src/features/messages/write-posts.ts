import { makePgArray } from 'drizzle-orm/pg-core';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import type { MessageRow } from '../../database/entities/message.ts';
import { asJson } from '../../database/prepared.ts';

/**
 * What writes new messages with what they change elsewhere, one statement for each table: the counts of their
 * channels, how far their authors have read, and the roots of their threads.
 */
export function postStatements(
  sql: Sql | TransactionSql,
  rows: MessageRow[],
  changedRoots: MessageRow[],
): PendingQuery<Row[]>[] {
  if (rows.length === 0) return [];
  const inChannel = rows.flatMap((row) =>
    row.number === null ? [] : [{ ...row, number: row.number }],
  );
  const statements = [
    sql`
      insert into messages (
        id, channel_id, number, author_id, kind, text, nonce, request_hash, posted_position,
        thread_root_id, thread_number, reply_user_ids, created_at,
        mention_user_ids, mention_group_ids, mentions_channel, mentions_here)
      select
        r.id, r.channel_id, r.number, r.author_id, r.kind, r.text, r.nonce, r.request_hash,
        r.posted_position, r.thread_root_id, r.thread_number, '{}', r.created_at::timestamptz,
        r.mention_user_ids::uuid[], r.mention_group_ids::uuid[], r.mentions_channel::boolean,
        r.mentions_here::boolean
      from unnest(
        ${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ channelId }) => channelId)}::uuid[],
        ${rows.map(({ number }) => number)}::bigint[],
        ${rows.map(({ authorId }) => authorId)}::uuid[],
        ${rows.map(({ kind }) => kind)}::text[],
        ${rows.map(({ text }) => text)}::text[],
        ${rows.map(({ nonce }) => nonce)}::uuid[],
        ${rows.map(({ requestHash }) => requestHash)}::text[],
        ${rows.map(({ postedPosition }) => postedPosition)}::bigint[],
        ${rows.map(({ threadRootId }) => threadRootId)}::uuid[],
        ${rows.map(({ threadNumber }) => threadNumber)}::bigint[],
        ${rows.map(({ createdAt }) => createdAt.toISOString())}::text[],
        ${rows.map(({ mentionUserIds }) => makePgArray(mentionUserIds))}::text[],
        ${rows.map(({ mentionGroupIds }) => makePgArray(mentionGroupIds))}::text[],
        ${rows.map(({ mentionsChannel }) => String(mentionsChannel))}::text[],
        ${rows.map(({ mentionsHere }) => String(mentionsHere))}::text[]) as r(
        id, channel_id, number, author_id, kind, text, nonce, request_hash, posted_position,
        thread_root_id, thread_number, created_at, mention_user_ids, mention_group_ids,
        mentions_channel, mentions_here)`,
  ];
  const withFiles = rows.filter(({ files }) => files.length > 0);
  if (withFiles.length > 0) {
    // Few messages have any: those that have none do not pay for the column.
    const lists = withFiles.map(({ id, files }) => ({ id, files }));
    statements.push(
      sql`
        update messages m set files = r.files
        from json_to_recordset(${asJson(lists)}::json) as r(id uuid, files jsonb)
        where m.id = r.id`,
    );
  }
  if (inChannel.length > 0) {
    const channels = latestBy(inChannel, (row) => row.channelId);
    const authors = latestBy(inChannel, (row) => `${row.channelId} ${row.authorId}`);
    statements.push(
      sql`
        update channels c set message_count = r.number, last_message_at = r.at::timestamptz
        from unnest(
          ${channels.map((row) => row.channelId)}::uuid[],
          ${channels.map((row) => row.number)}::bigint[],
          ${channels.map((row) => row.createdAt.toISOString())}::text[]) as r(id, number, at)
        where c.id = r.id`,
      sql`
        update memberships m set read_through = r.number
        from unnest(
          ${authors.map((row) => row.channelId)}::uuid[],
          ${authors.map((row) => row.authorId)}::uuid[],
          ${authors.map((row) => row.number)}::bigint[]) as r(channel_id, author_id, number)
        where m.channel_id = r.channel_id and m.user_id = r.author_id`,
    );
  }
  if (changedRoots.length > 0) {
    statements.push(
      sql`
        update messages m set
          reply_count = r."replyCount", thread_count = r."threadCount",
          last_reply_at = r."lastReplyAt", reply_user_ids = r."replyUserIds"
        from json_to_recordset(${asJson(changedRoots)}::json) as r(
          id uuid, "replyCount" integer, "threadCount" bigint, "lastReplyAt" timestamptz,
          "replyUserIds" uuid[])
        where m.id = r.id`,
    );
  }
  return statements;
}

/** The last row of each key. */
function latestBy<R extends MessageRow>(rows: R[], keyOf: (row: R) => string): R[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}
