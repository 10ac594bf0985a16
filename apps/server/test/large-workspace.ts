/**
 * A workspace as it is after years, written straight into a migrated, empty database: for tests of what statements
 * cost, and for the bench. Everything follows from numbers, so that the same size is always the same workspace.
 */
import postgres from 'postgres';
import type { Id } from '@parley/shared/protocol/ids.ts';

export type WorkspaceSize = {
  people: number;
  channels: number;
  /** Timeline and replies. */
  messages: number;
  events: number;
};

/** How many channels each person is in; the first few have everybody, and two fifths of all messages. */
export const channelsEach = 200;
const channelsOfAll = 4;
const shareOfEach = 0.11;

/** Everybody whose number leaves this remainder has never read anything. */
const neverReads = { every: 10, remainder: 3 };
/** A person who has read nearly everything, and one who is behind in all channels. */
export const upToDate = 11;
export const farBehind = 13;
/** The message of the first channel that began a long thread, and how long it is. */
export const longThread = { number: 20, replies: 2_000 };

const requestHash = 'h'.repeat(64);

const kinds = { person: 1, channel: 2, session: 3, message: 4, reply: 5 };

function seededId(kind: keyof typeof kinds, n: number): Id {
  const tail = n.toString(16).padStart(12, '0');
  return `01900000-000${kinds[kind]}-7000-8000-${tail}`;
}

/** The ids of the nth person, their session and the nth channel, counted from 1. */
export const personId = (n: number): Id => seededId('person', n);
export const sessionId = (n: number): Id => seededId('session', n);
export const channelId = (n: number): Id => seededId('channel', n);

/** Writes the workspace; the account must be a superuser, for the rows are right without foreign keys being asked. */
export async function writeLargeWorkspace(url: string, size: WorkspaceSize): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    // One transaction, so that Postgres need not write its log of tables that were emptied in it.
    const steps = [people(size), channels(size), messages(), around(), log(size)];
    const load = `begin; ${preparation(size)} ${steps.join(';\n')}; select pg_temp.restore_indexes(); commit`;
    await sql.unsafe(load).simple();
    await sql.unsafe('vacuum (analyze)').simple();
    await sql.unsafe('checkpoint').simple();
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Functions for the statements below, and indexes out of the way: building them afterwards is several times faster. */
function preparation({ people: count, channels: rooms }: WorkspaceSize): string {
  const apart = apartOf(rooms);
  return `
    set session_replication_role = replica;
    set synchronous_commit = off;
    set statement_timeout = 0;
    set work_mem = '256MB';
    set maintenance_work_mem = '512MB';
    truncate workspaces, users, sessions, refresh_tokens, invites, channels, memberships, messages, mentions,
      reactions, revisions, thread_reads, log cascade;
    create function pg_temp.seeded_id(kind int, n bigint) returns uuid language sql return
      ('01900000000' || kind || '70008' || lpad(to_hex(n), 15, '0'))::uuid;
    create function pg_temp.member_of(channel bigint, n bigint) returns bigint language sql return
      case when channel <= ${channelsOfAll} then 1 + n % ${count}
        else ${apart} - channel % ${apart} + ${apart} * (n % ${Math.floor(count / apart)}) end;
    create temp table dropped_indexes as
      select indexname, indexdef from pg_indexes
      where schemaname = 'public' and tablename in ('messages', 'log', 'memberships')
        and not exists (select from pg_constraint where conname = indexname);
    do $$ declare each record; begin
      for each in select * from dropped_indexes loop execute format('drop index %I', each.indexname); end loop;
    end $$;
    create function pg_temp.restore_indexes() returns void language plpgsql as $$
      declare each record; begin
        for each in select * from dropped_indexes loop execute each.indexdef; end loop;
      end $$;`;
}

/** Beyond the first channels people are in one out of so many, which makes up what each is in. */
function apartOf(rooms: number): number {
  return Math.floor((rooms - channelsOfAll) / (channelsEach - channelsOfAll));
}

function people({ people: count }: WorkspaceSize): string {
  const id = `pg_temp.seeded_id(${kinds.person}, n)`;
  const session = `pg_temp.seeded_id(${kinds.session}, n)`;
  return `
    insert into workspaces (id, name, created_at)
    values (pg_temp.seeded_id(0, 1), 'Northwind', now() - interval '3 years');
    insert into users (id, username, display_name, email, password_hash, role, title, timezone, created_at, preferences)
    select ${id}, 'person' || n, 'Person ' || n || ' of Northwind', 'person' || n || '@example.com',
      '$argon2id$' || repeat('x', 90),
      case when n = 1 then 'owner' when n % 40 = 7 then 'guest' else 'member' end,
      'Title ' || n % 20, 'Europe/Berlin', now() - interval '3 years',
      case when n % 2 = 0 then jsonb_build_object('filler', repeat('p', 600)) end
    from generate_series(1, ${count}) n;
    insert into sessions (id, user_id, device_name, device_platform, created_at, last_seen_at)
    select ${session}, ${id}, 'Desk', 'linux', now(), now() from generate_series(1, ${count}) n;
    insert into refresh_tokens (hash, session_id, created_at, expires_at)
    select 'token ' || n || ' ' || turn, ${session}, now(), now() + interval '90 days'
    from generate_series(1, ${count}) n, generate_series(1, 20) turn`;
}

function channels({ people: count, channels: rooms, messages: all }: WorkspaceSize): string {
  const apart = apartOf(rooms);
  const joined = channelsOfAll + (channelsEach - channelsOfAll) * apart;
  const rest = 1 - shareOfEach * channelsOfAll;
  return `
    create temp table rooms as
      select n, pg_temp.seeded_id(${kinds.channel}, n) as id, greatest(1, floor(${all} / 1.1 * case
        when n <= ${channelsOfAll} then ${shareOfEach}
        else ${rest} / n / sum(1.0 / n) filter (where n > ${channelsOfAll}) over () end))::bigint as length
      from generate_series(1, ${rooms}) n;
    analyze rooms;
    create temp table places as
      select rooms.n as channel, rooms.id, rooms.length, person from rooms, generate_series(1, ${count}) person
      where rooms.n <= ${channelsOfAll} or (rooms.n <= ${joined} and (person + rooms.n) % ${apart} = 0);
    insert into channels (id, kind, name, name_key, topic, purpose, created_by, created_at, message_count,
      member_count, last_message_at, posting_policy)
    select id, case when n % 10 = 6 then 'private' else 'public' end, 'channel-' || n, 'channel-' || n,
      'What channel ' || n || ' is about', '', pg_temp.seeded_id(${kinds.person}, 1), now() - interval '3 years',
      length, coalesce(member_count, 0), now(), 'everyone'
    from rooms left join (select channel, count(*) as member_count from places group by 1) on channel = n;
    insert into memberships (channel_id, user_id, role, read_through, joined_at)
    select id, pg_temp.seeded_id(${kinds.person}, person), 'member',
      case when person % ${neverReads.every} = ${neverReads.remainder} then 0
        else greatest(0, length - (person * 7 + channel * 13) % 20) end,
      now() - interval '3 years'
    from places`;
}

/** Timelines grow side by side, so that a channel's messages lie as far apart in the table as they do in life. */
function messages(): string {
  const member = (n: string) => `pg_temp.member_of(channel, ${n})`;
  const { every, remainder } = neverReads;
  // Who writes has read up to there: who never reads has not written either.
  const author = (person: string) =>
    `pg_temp.seeded_id(${kinds.person}, ${person} - (${person} % ${every} = ${remainder})::int)`;
  const began = `now() - interval '3 years' * (1 - moment)`;
  const filler = 'lorem ipsum dolor sit amet '.repeat(8);
  const filled = `left('message ' || number || ' of channel ' || channel || ' ${filler}', 40 + (number * 37 % 160)::int)`;
  const columns = `id, channel_id, number, author_id, kind, text, nonce, request_hash, posted_position,
    thread_root_id, thread_number, reply_count, thread_count, last_reply_at, reply_user_ids, created_at, deleted_at,
    mention_user_ids, mention_group_ids, mentions_channel, mentions_here`;
  return `
    create temp table timeline as
      select row_number() over (order by moment, channel) as n, * from (
        select rooms.n as channel, rooms.id as channel_id, number, number::float8 / rooms.length as moment,
          pg_temp.member_of(rooms.n, number * 31) as writer,
          case when rooms.n = 1 and number = ${longThread.number} then ${longThread.replies}
            when number % 20 = 0 then 2 else 0 end as replies
        from rooms, generate_series(1, rooms.length) number) each;
    analyze timeline;
    insert into messages (${columns})
    select pg_temp.seeded_id(${kinds.message}, n), channel_id, number, ${author('writer')}, 'text',
      case when number % 100 = 11 then '' else ${filled} end, md5('post ' || n)::uuid, '${requestHash}', n,
      null, null, replies, replies, case when replies > 0 then ${began} end,
      case when replies > 0 then array[${author(member('number * 31 + 1'))}] else '{}' end, ${began},
      case when number % 100 = 11 then ${began} end,
      case when number % 20 = 3 then array[pg_temp.seeded_id(${kinds.person}, ${member('number * 31 + 5')})] else '{}' end, '{}',
      number % 100 = 7, number % 1000 = 17
    from timeline;
    insert into messages (${columns})
    select pg_temp.seeded_id(${kinds.reply}, n * 4096 + reply), channel_id, null, ${author(member('number * 31 + reply'))},
      'text', ${filled}, md5('reply ' || n * 4096 + reply)::uuid, '${requestHash}', n, pg_temp.seeded_id(${kinds.message}, n), reply, 0, 0,
      null, '{}', ${began}, null, '{}', '{}', false, false
    from timeline, generate_series(1, replies) reply where replies > 0`;
}

/** What hangs on messages. */
function around(): string {
  const message = `pg_temp.seeded_id(${kinds.message}, n)`;
  return `
    analyze memberships;
    insert into reactions (message_id, emoji, user_id, created_at)
    select ${message}, case when who % 3 = 0 then '🎉' else '👍' end,
      pg_temp.seeded_id(${kinds.person}, pg_temp.member_of(channel, number + who)), now()
    from timeline, generate_series(1, 1 + n % 4) who where number % 10 = 0;
    update memberships set read_through = own.number
    from (
      select m.channel_id, m.author_id, max(m.number) as number from messages m join rooms on rooms.id = m.channel_id
      where m.number > rooms.length - 20 group by 1, 2) own
    where memberships.channel_id = own.channel_id and user_id = author_id and read_through < own.number;
    insert into mentions (user_id, channel_id, number)
    select named, channel_id, number from messages, unnest(mention_user_ids) named
    where number is not null and named <> author_id and not (mentions_channel or mentions_here);
    insert into revisions (id, message_id, text, edited_by, at)
    select gen_random_uuid(), ${message}, 'before', pg_temp.seeded_id(${kinds.person}, 1), now()
    from timeline, generate_series(1, 2) where number % 50 = 1;
    insert into thread_reads (user_id, root_id, read_through)
    select pg_temp.seeded_id(${kinds.person}, pg_temp.member_of(channel, number * 31 + 1)), ${message}, 1
    from timeline where number % 60 = 0`;
}

/** A JSON text in which `$name` stands for what the expression of that name gives; none of them needs escaping. */
function jsonOf(template: object, expressions: Record<string, string>): string {
  const names: string[] = [];
  const text = JSON.stringify(template).replaceAll(/\$(\w+)/g, (_, name: string) => {
    names.push(expressions[name] ?? 'null');
    return '%s';
  });
  return `format('${text}', ${names.join(', ')})::jsonb`;
}

const someDay = '2026-01-01T00:00:00.000Z';

/** The log of the last month: every other event is a message, between them people read. */
function log({ events, channels: rooms }: WorkspaceSize): string {
  const message = {
    ...{
      id: '$id',
      channelId: '$channel',
      number: 1,
      authorId: '$author',
      kind: 'text',
      text: '$text',
    },
    ...{
      nonce: '$nonce',
      threadRootId: null,
      threadNumber: null,
      replyCount: 0,
      lastReplyAt: null,
    },
    ...{ replyUserIds: [], createdAt: someDay, editedAt: null, deletedAt: null, pinnedAt: null },
    ...{ pinnedBy: null, mentions: { userIds: [], groupIds: [], channel: false, here: false } },
    ...{ files: [], previews: [], reactions: [] },
  };
  const posted = jsonOf(
    { message },
    {
      ...{ id: 'm.id', channel: 'm.channel_id', author: 'm.author_id' },
      ...{ text: 'm.text', nonce: 'm.nonce' },
    },
  );
  const membership = {
    ...{ channelId: '$channel', userId: '$reader', role: 'member', readThrough: 1, unreadCount: 0 },
    ...{ mentionCount: 0, notify: 'default', muted: false, starred: false, section: null },
    joinedAt: someDay,
  };
  const channel = `pg_temp.seeded_id(${kinds.channel}, 1 + position % ${rooms})`;
  return `
    analyze messages;
    create temp table newest as
      select row_number() over (order by n) as turn, n
      from (select n from timeline order by n desc limit ${events / 2}) last;
    insert into log (position, audience, type, data, actor_id, at)
    select ${events} - 2 * (select count(*) from newest) + 2 * turn, 'channel:' || m.channel_id, 'message.posted',
      ${posted}, m.author_id, now() - interval '30 days' * (1 - turn::float8 / (select max(turn) from newest))
    from newest join messages m on m.id = pg_temp.seeded_id(${kinds.message}, n);
    insert into log (position, audience, type, data, actor_id, at)
    select position - 1, 'user:' || reader, 'read.updated',
      ${jsonOf({ membership }, { channel, reader: 'reader' })}, reader, at
    from (
      select position, at, pg_temp.seeded_id(${kinds.person}, pg_temp.member_of(1, position * 31)) as reader
      from log offset 0) posted;
    update head set position = ${events}, pruned_through = 0`;
}
