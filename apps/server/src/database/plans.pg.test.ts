/**
 * What the commands cost the database with 1,000,000 messages, seen in the statements that the server really runs.
 * Writing the workspace is most of this file's time: about half a minute of one core.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandInput, CommandName } from '@parley/shared/protocol/commands.ts';
import { ExplainedDatabase, pagesOf, tableReads } from '../../test/explained.ts';
import {
  channelId,
  farBehind,
  longThread,
  personId,
  sessionId,
  upToDate,
  writeLargeWorkspace,
} from '../../test/large-workspace.ts';
import { createTestDatabase } from '../../test/postgres.ts';
import { createServer, type ParleyServer } from '../app.ts';
import { createIdentity } from '../features/accounts/create-identity.ts';
import type { Identity } from '../features/accounts/identity.ts';
import { pruneLog } from '../log/prune.ts';
import { Stands } from '../log/stand.ts';
import { testSettings } from '../../test/settings.ts';

const size = { people: 2_000, channels: 1_000, messages: 1_000_000, events: 100_000 };
/** Nothing may be looked for in these but by an index. `users` are few and go out all together. */
const large = new Set([
  ...['messages', 'log', 'memberships', 'reactions', 'mentions', 'revisions', 'thread_reads'],
  ...['refresh_tokens', 'sessions', 'files'],
]);
/** A prepared statement has its lasting plan from the sixth time on, on each of the two connections. */
const times = 14;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let explained: ExplainedDatabase;
let dataDir: string;
let identity: Identity;
let server: ParleyServer;

beforeAll(async () => {
  database = await createTestDatabase();
  await writeLargeWorkspace(database.url, size);
  dataDir = await mkdtemp(join(tmpdir(), 'parley-plans-'));
  identity = await createIdentity({ dataDir });
  explained = new ExplainedDatabase(database.url);
  server = createServer({ db: explained.db, identity, settings: testSettings });
  await server.hub.start();
}, 240_000);
afterAll(async () => {
  await server.close();
  await explained.close();
  await database.drop();
  await rm(dataDir, { recursive: true });
});

type Output = Record<string, unknown>;

async function ask<N extends CommandName>(person: number, name: N, input: CommandInput<N>) {
  const actor = { userId: personId(person), sessionId: sessionId(person), role: 'member' } as const;
  const origin = { requestId: 'plans', address: '127.0.0.1', userAgent: null };
  return (await server.runCommand({
    name,
    input,
    actor,
    origin,
    live: null as never,
  })) as Output;
}

type Bounds = { rows: number; pages: number };

/** What is wrong with what this did: nothing may read a large table without an index, or more than its bounds. */
async function faultsOf(
  work: (turn: number) => Promise<unknown>,
  most: Bounds,
  turns = times,
): Promise<string[]> {
  const faults = new Set<string>();
  for (let turn = 0; turn < turns; turn += 1) {
    explained.take();
    await work(turn);
    const statements = explained.take();
    const reads = statements.flatMap((statement) =>
      tableReads(statement).map((read) => ({ ...read, text: statement.text })),
    );
    const inLarge = reads.filter(({ table }) => large.has(table));
    for (const { how, table, text } of inLarge.filter(({ byCondition }) => !byCondition)) {
      faults.add(`${how} of ${table}: ${text}`);
    }
    const rows = inLarge.reduce((sum, read) => sum + read.rows, 0);
    const pages = statements.reduce((sum, statement) => sum + pagesOf(statement), 0);
    if (rows > most.rows) faults.add(`${rows} rows looked at`);
    if (pages > most.pages) faults.add(`${pages} pages looked at`);
    if (statements.length === 0) faults.add('nothing was explained');
  }
  return [...faults];
}

const big = channelId(1);
const page = { channelId: big, limit: 50 };

describe('history of 50 among 100,000 messages', () => {
  const most = { rows: 250, pages: 250 };
  it.each([
    ['the latest', {}],
    ['before a number', { before: 50_000 }],
    ['after a number', { after: 50_000 }],
    ['around a number', { around: 50_000 }],
    ['from the beginning', { after: 0 }],
  ])('reads what it shows: %s', async (_, bound) => {
    const read = () => ask(upToDate, 'message.history', { ...page, ...bound });
    expect(await faultsOf(read, most)).toEqual([]);
  });

  it.each([
    ['the latest', {}],
    ['before a number', { before: 1_000 }],
    ['after a number', { after: 1_000 }],
    ['around a number', { around: 1_000 }],
  ])('reads what it shows of a thread: %s', async (_, bound) => {
    const threadRootId = await rootId();
    const read = () => ask(upToDate, 'message.history', { ...page, threadRootId, ...bound });
    expect(await faultsOf(read, most)).toEqual([]);
  });
});

describe('what a client begins and goes on with', () => {
  it('sync.bootstrap of a person in 200 of 1,000 channels', async () => {
    const read = () => ask(upToDate, 'sync.bootstrap', {});
    expect(await faultsOf(read, { rows: 600, pages: 4_000 })).toEqual([]);
  });

  it('sync.bootstrap of a person who has half a million messages unread', async () => {
    const read = () => ask(farBehind, 'sync.bootstrap', {});
    const snapshot = await read();
    const channels = snapshot.channels as { membership: { unreadCount: number } }[];
    const unread = channels.reduce((sum, { membership }) => sum + membership.unreadCount, 0);
    expect(unread).toBeGreaterThan(450_000);
    // Of 500,000: the deleted, those to everybody, and those to this person.
    expect(await faultsOf(read, { rows: 15_000, pages: 6_000 })).toEqual([]);
  });

  it('where forty stand who come back together, by two statements', async () => {
    const people = Array.from({ length: 40 }, (_, index) => sessionId(index + 1));
    const stands = new Stands(explained.db);
    const look = () => Promise.all(people.map((id) => stands.of(id)));
    expect((await look()).map(({ viewer }) => viewer.userId)).toEqual(
      people.map((_, index) => personId(index + 1)),
    );
    expect(await faultsOf(look, { rows: 10_000, pages: 12_000 })).toEqual([]);
    explained.take();
    await look();
    expect(explained.take()).toHaveLength(2);
    const other = [stands.of(sessionId(1)), stands.of(randomUUID()), stands.of(sessionId(2))];
    const outcomes = await Promise.allSettled(other);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('counts what a count of all rows counts', async () => {
    const number = 90_000;
    await ask(upToDate, 'message.post', { channelId: big, nonce: randomUUID(), text: 'mine' });
    await ask(upToDate, 'read.markUnread', { channelId: big, number });
    for (const person of [upToDate, farBehind]) {
      const snapshot = await ask(person, 'sync.bootstrap', {});
      const channels = snapshot.channels as {
        membership: { channelId: string; unreadCount: number; mentionCount: number };
      }[];
      const found = channels.map(({ membership }) => membership);
      const counted = await explained.db.execute<{
        channel_id: string;
        unread: number;
        mine: number;
      }>(sql`
        select p.channel_id, count(m.id)::int as unread, (count(m.id) filter (
          where mentions_channel or mentions_here or p.user_id = any(mention_user_ids)))::int as mine
        from memberships p left join messages m on m.channel_id = p.channel_id and m.number > p.read_through
          and m.author_id <> p.user_id and m.kind = 'text' and m.deleted_at is null
        where p.user_id = ${personId(person)} group by p.channel_id`);
      const expected = new Map(counted.map((row) => [row.channel_id, [row.unread, row.mine]]));
      expect(expected.size).toBe(200);
      for (const { channelId: id, unreadCount, mentionCount } of found) {
        expect([unreadCount, mentionCount]).toEqual(expected.get(id));
      }
    }
    await ask(upToDate, 'read.mark', { channelId: big, number: 1_000_000 });
  });

  it('a resume over 1,000 events', async () => {
    const { position, epoch } = await standing();
    const read = () =>
      ask(upToDate, 'sync.events', { epoch, after: position - 1_000, limit: 1_000 });
    expect(await faultsOf(read, { rows: 2_000, pages: 2_500 })).toEqual([]);
  });

  it('a resume from the beginning, page by page', async () => {
    const { epoch } = await standing();
    const read = () => ask(upToDate, 'sync.events', { epoch, after: 0, limit: 100 });
    expect(await faultsOf(read, { rows: 2_000, pages: 3_000 })).toEqual([]);
  });
});

describe('reads that people make all the time', () => {
  it.each<[CommandName, CommandInput<CommandName>, Bounds]>([
    ['channel.members', { channelId: big, limit: 100 }, { rows: 300, pages: 600 }],
    ['channel.get', { channelId: big }, { rows: 50, pages: 150 }],
    ['channel.browse', { limit: 50 }, { rows: 300, pages: 2_000 }],
    ['user.list', { limit: 100 }, { rows: 10, pages: 150 }],
    ['session.list', {}, { rows: 10, pages: 50 }],
  ])('%s', async (name, input, most) => {
    expect(await faultsOf(() => ask(upToDate, name, input), most)).toEqual([]);
  });

  it('message.get and message.revisions', async () => {
    const messageId = await rootId();
    const read = async () => {
      await ask(upToDate, 'message.get', { messageId });
      await ask(upToDate, 'message.revisions', { messageId });
    };
    // Whether one follows the thread is seen from its latest replies.
    expect(await faultsOf(read, { rows: 300, pages: 400 })).toEqual([]);
  });

  it('message.readers of a message in a channel of 2,000, and of a reply in its thread', async () => {
    await explained.db.execute(sql`update workspaces set read_receipts = true`);
    const posted = await post({ nonce: randomUUID(), text: 'who reads this?' });
    const reply = await post({ nonce: randomUUID(), text: 'this?', threadRootId: await rootId() });
    const read = async () => {
      await ask(upToDate, 'message.readers', { messageId: posted.id, limit: 100 });
      await ask(upToDate, 'message.readers', { messageId: reply.id, limit: 100 });
    };
    // Everybody in the channel is counted, and where nobody has read, looked at for a page.
    expect(await faultsOf(read, { rows: 8_100, pages: 20_000 })).toEqual([]);
  });
});

describe('files', () => {
  const listed = { channelId: big, limit: 50 };
  /** One file in twenty messages, whose rows are as the server writes them. */
  beforeAll(async () => {
    await explained.db.execute(sql`
      insert into files (id, uploaded_by, name, metadata, bytes, media_type, created_at, completed_at, writer_until,
        message_id, channel_id, place)
      select gen_random_uuid(), author_id, 'f.txt', '', 1, 'text/plain', created_at, created_at, created_at,
        id, channel_id, 0
      from messages where number % 20 = 0`);
    await explained.db.execute(sql`
      update messages m set files = jsonb_build_array(jsonb_build_object('id', f.id))
      from files f where f.message_id = m.id and m.channel_id = ${big}`);
    await explained.db.execute(sql`analyze files`);
  }, 120_000);

  it('file.list, from the latest on and from the middle', async () => {
    const [middle] = await explained.db.execute<{ id: string }>(sql`
      select id from files where channel_id = ${big} order by message_id desc offset 2000 limit 1`);
    const first = await ask(upToDate, 'file.list', listed);
    expect(first.files).toHaveLength(50);
    const read = async () => {
      await ask(upToDate, 'file.list', listed);
      await ask(upToDate, 'file.list', { ...listed, after: middle?.id ?? '' });
    };
    expect(await faultsOf(read, { rows: 500, pages: 1_500 })).toEqual([]);
  });

  it('message.post with files, file.delete and message.delete', async () => {
    const write = async () => {
      const rows = await explained.db.execute<{ id: string }>(sql`
        insert into files (id, uploaded_by, name, metadata, bytes, media_type, created_at, completed_at, writer_until)
        select gen_random_uuid(), ${personId(upToDate)}, 'f.txt', '', 1, 'text/plain', now(), now(), now()
        from generate_series(1, 3) returning id`);
      const fileIds = rows.map(({ id }) => id);
      const posted = await post({ nonce: randomUUID(), text: '', fileIds });
      await ask(upToDate, 'file.delete', { fileId: fileIds[1] ?? '' });
      await ask(upToDate, 'message.delete', { messageId: posted.id });
    };
    expect(await faultsOf(write, { rows: 200, pages: 2_000 })).toEqual([]);
  });
});

describe('writes', () => {
  it('message.post, alone, as a reply and as a repetition, and what follows it', async () => {
    const root = await rootId();
    const write = async (turn: number) => {
      const nonce = randomUUID();
      const posted = await post({ nonce, text: `@person${farBehind} look` });
      await post({ nonce, text: `@person${farBehind} look` });
      await post({ nonce: randomUUID(), text: 'a reply', threadRootId: root });
      await ask(upToDate, 'message.edit', { messageId: posted.id, text: `look, @channel ${turn}` });
      await ask(upToDate, 'reaction.add', { messageId: posted.id, emoji: '👍' });
      await ask(upToDate, 'reaction.remove', { messageId: posted.id, emoji: '👍' });
      await ask(upToDate, 'message.delete', { messageId: posted.id });
    };
    expect(await faultsOf(write, { rows: 200, pages: 2_000 })).toEqual([]);
  });

  it('many posts in one transaction', async () => {
    const write = () =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          ask(1 + index, 'message.post', { channelId: big, nonce: randomUUID(), text: 'together' }),
        ),
      );
    expect(await faultsOf(write, { rows: 2_000, pages: 12_000 })).toEqual([]);
  });

  it('read.mark and read.markUnread', async () => {
    const write = async (turn: number) => {
      await ask(upToDate, 'read.markUnread', { channelId: big, number: 100_000 - turn });
      await ask(upToDate, 'read.mark', { channelId: big, number: 1_000_000 });
      await ask(farBehind, 'read.mark', { channelId: big, number: 1 + turn });
    };
    expect(await faultsOf(write, { rows: 8_000, pages: 8_000 })).toEqual([]);
  });

  it('session.refresh', async () => {
    let refreshToken = identity.newRefreshToken();
    await explained.db.execute(sql`
      update refresh_tokens set hash = ${identity.hashSecret(refreshToken)} where hash = 'token 5 1'`);
    const origin = { requestId: 'plans', address: '127.0.0.1', userAgent: null };
    const refresh = async () => {
      const request = { name: 'session.refresh', actor: null, origin, live: null as never };
      const next = await server.runCommand({ ...request, input: { refreshToken } });
      ({ refreshToken } = next as { refreshToken: string });
    };
    expect(await faultsOf(refresh, { rows: 20, pages: 100 })).toEqual([]);
  });

  it('pruning the log', async () => {
    let day = 30;
    const prune = () => {
      day -= 0.01;
      return pruneLog(explained.db, new Date(Date.now() - day * 24 * 3_600_000), 100);
    };
    expect(await faultsOf(prune, { rows: 500, pages: 1_500 })).toEqual([]);
  });
});

it('would say so if an index were missing', async () => {
  const threadRootId = await rootId();
  await explained.db.execute(sql`drop index messages_thread_number, messages_not_counted`);
  const readThread = () => ask(upToDate, 'message.history', { ...page, threadRootId });
  const boundless = { rows: Infinity, pages: Infinity };
  expect((await faultsOf(readThread, boundless, 1)).join()).toMatch(/Scan of messages/);
  const readAll = () => ask(farBehind, 'sync.bootstrap', {});
  expect((await faultsOf(readAll, { rows: 15_000, pages: Infinity }, 1)).join()).toMatch(
    /rows looked/,
  );
});

async function rootId(): Promise<string> {
  const [row] = await explained.db.execute<{ id: string }>(
    sql`select id from messages where channel_id = ${big} and number = ${longThread.number}`,
  );
  if (!row) throw new Error('there is no long thread');
  return row.id;
}

async function standing(): Promise<{ position: number; epoch: string }> {
  const { position, epoch } = await ask(upToDate, 'sync.bootstrap', {});
  return { position: Number(position), epoch: String(epoch) };
}

async function post(input: {
  nonce: string;
  text: string;
  threadRootId?: string;
  fileIds?: string[];
}) {
  const { message } = await ask(upToDate, 'message.post', { channelId: big, ...input });
  return message as { id: string };
}
