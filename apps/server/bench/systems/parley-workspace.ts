/** Rows that Parley's workloads begin with, written without asking the server, which must not run meanwhile. */
import { v7 as uuidv7 } from 'uuid';
import { openDatabase } from '../../src/database/client.ts';
import { sessions, users } from '../../src/database/schema.ts';
import type { WorkspaceShape } from '../workloads/settings.ts';

/** Sessions of each person, for as many connections. */
const sessionsEach = 4;
const rowsAtOnce = 1_000;

export type Account = { userId: string; sessionIds: string[] };

/** Writes accounts with sessions; nobody signs in to them with a password. */
export async function writeAccounts(databaseUrl: string, count: number): Promise<Account[]> {
  const accounts = Array.from({ length: count }, () => ({
    userId: uuidv7(),
    sessionIds: Array.from({ length: sessionsEach }, () => uuidv7()),
  }));
  const createdAt = new Date();
  const userRows = accounts.map(({ userId }, index) => ({
    id: userId,
    username: `user${index}`,
    displayName: `User ${index}`,
    email: `user${index}@example.com`,
    passwordHash: 'none',
    role: 'member' as const,
    createdAt,
  }));
  const sessionRows = accounts.flatMap(({ userId, sessionIds }) =>
    sessionIds.map((id) => ({
      id,
      userId,
      deviceName: 'Bench',
      devicePlatform: 'bench',
      createdAt,
      lastSeenAt: createdAt,
    })),
  );
  const database = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    for (const rows of chunked(userRows)) await database.db.insert(users).values(rows);
    for (const rows of chunked(sessionRows)) await database.db.insert(sessions).values(rows);
  } finally {
    await database.close();
  }
  return accounts;
}

function chunked<T>(rows: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    chunks.push(rows.slice(from, from + rowsAtOnce));
  }
  return chunks;
}

/** Statements that append messages to a channel, by its members in turn. */
export function appendMessages(channelId: string, count: number): string {
  return `
    insert into messages (id, channel_id, number, author_id, kind, text, nonce, request_hash,
      posted_position, reply_user_ids, created_at, mention_user_ids, mention_group_ids,
      mentions_channel, mentions_here)
    select gen_random_uuid(), channel.id, channel.message_count + i, authors.ids[1 + i % cardinality(authors.ids)],
      'text', rpad('seeded message ' || i, 120, '.'), gen_random_uuid(), 'seeded', 0, '{}',
      now() - interval '1 second' * (${count} - i), '{}', '{}', false, false
    from generate_series(1, ${count}) i,
      (select id, message_count from channels where id = '${channelId}') channel,
      (select array_agg(user_id) as ids from memberships where channel_id = '${channelId}') authors;
    update channels set message_count = message_count + ${count}, last_message_at = now()
    where id = '${channelId}';
  `;
}

/**
 * Statements that fill a workspace with channels, memberships and messages. Everybody is in every n-th channel and
 * has read most of it, each to another place.
 */
export function fillWorkspace(shape: WorkspaceShape): string {
  const { channels, channelsEach, messagesEach } = shape;
  const apart = Math.round(channels / channelsEach);
  const unread = Math.floor(messagesEach / 2) + 1;
  return `
    create temp table people as
      select id, row_number() over (order by username) as n from users where role = 'member';
    create temp table rooms as
      select gen_random_uuid() as id, n from generate_series(1, ${channels}) n;
    insert into channels (id, kind, name, name_key, topic, purpose, created_by, created_at,
      message_count, member_count, last_message_at, posting_policy)
    select rooms.id, 'public', 'channel-' || n, 'channel-' || n, 'Topic of channel ' || n, '', owner.id,
      now(), ${messagesEach},
      (select count(*) from people where (people.n + rooms.n) % ${apart} = 0), now(), 'everyone'
    from rooms, (select id from users where role = 'owner') owner;
    insert into memberships (channel_id, user_id, role, read_through, joined_at)
    select rooms.id, people.id, 'member', ${messagesEach} - (people.n * 7 + rooms.n * 13) % ${unread}, now()
    from rooms join people on (people.n + rooms.n) % ${apart} = 0;
    insert into messages (id, channel_id, number, author_id, kind, text, nonce, request_hash,
      posted_position, reply_user_ids, created_at, mention_user_ids, mention_group_ids,
      mentions_channel, mentions_here)
    select gen_random_uuid(), rooms.id, i, owner.id, 'text', rpad('seeded message ' || i, 120, '.'),
      gen_random_uuid(), 'seeded', 0, '{}', now(), '{}', '{}', false, false
    from rooms, generate_series(1, ${messagesEach}) i, (select id from users where role = 'owner') owner;
  `;
}
