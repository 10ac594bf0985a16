import { randomUUID } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations } from '../../../test/conversations.ts';
import { createTestDatabase } from '../../../test/postgres.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';
import { openDatabase } from '../../database/client.ts';
import * as schema from '../../database/schema.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
});
afterAll(() => server.close());

type Post = { channelId: string; nonce: string; text: string; threadRootId?: string };

const post = (who: SignedIn, input: Post) => talk.hand(who, 'message.post', input);

const fresh = (channelId: string, text: string): Post => ({ channelId, nonce: randomUUID(), text });

it('an error stays with the post that made it, and numbers have no holes', async () => {
  const { id: channelId } = await talk.channel(mia, 'private', [max]);
  const before = await post(max, fresh(channelId, 'first'));
  const known = { ...fresh(channelId, 'before'), nonce: randomUUID() };
  const first = await post(mia, known);
  const { output: outcomes, told } = await talk.telling(() =>
    Promise.allSettled([
      post(mia, fresh(channelId, 'a')),
      post(zoe, fresh(channelId, 'not in here')),
      // The database refuses the whole group for this one, which was carried out before.
      post(mia, known),
      post(max, { ...fresh(channelId, 'no such root'), threadRootId: randomUUID() }),
      post(mia, { ...known, text: 'other words under the same nonce' }),
      post(max, fresh(channelId, 'b')),
    ]),
  );
  const short = outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as { code: string }).code,
  );
  expect(short).toEqual(['ok', 'not_found', 'ok', 'not_found', 'conflict', 'ok']);
  expect(outcomes[2]).toMatchObject({ value: first });
  expect(told.map(({ type }) => type)).toEqual(['message.posted', 'message.posted']);
  const { messages } = await talk.ask(mia, 'message.history', { channelId });
  expect(messages.map(({ number, text }) => [number, text])).toEqual([
    [1, 'first'],
    [2, 'before'],
    [3, 'a'],
    [4, 'b'],
  ]);
  expect(before).toMatchObject({ message: { number: 1 } });
  expect(await talk.membership(max, channelId)).toMatchObject({ readThrough: 4, unreadCount: 0 });
});

it('keeps every character of what is posted, in the history and in the log', async () => {
  const { id: channelId } = await talk.channel(mia, 'private', [max]);
  const texts = [
    'null',
    'NULL',
    '{}',
    '{"a":1},[2]',
    '"quoted" and \'quoted\'',
    'back\\slash \\n \\" \\\\',
    'line\nline\r\nline\ttab',
    'a,b;c|d',
    '\u0001\u001e\u001f\u2028\u2029',
    '中文 हिन्दी العربية 👩‍👩‍👧‍👦',
    '$1 ${2} %s :x ?',
  ];
  const { told } = await talk.telling(() =>
    Promise.all(texts.map((text) => post(mia, fresh(channelId, text)))),
  );
  expect(told.map(({ data }) => (data as { message: { text: string } }).message.text)).toEqual(
    texts,
  );
  const { messages } = await talk.ask(mia, 'message.history', { channelId });
  expect(messages.map(({ text }) => text)).toEqual(texts);
  const logged = await server.db
    .select()
    .from(schema.log)
    .where(eq(schema.log.audience, `channel:${channelId}`))
    .orderBy(asc(schema.log.position));
  const posted = logged.filter(({ type }) => type === 'message.posted');
  expect(posted.map(({ data }) => (data as { message: { text: string } }).message.text)).toEqual(
    texts,
  );
});

it('the same post twice in one batch is one message', async () => {
  const { id: channelId } = await talk.channel(mia, 'private', [max]);
  const twice = fresh(channelId, 'twice');
  const [one, again, other] = await Promise.all([
    post(mia, twice),
    post(mia, twice),
    post(max, fresh(channelId, 'other')),
  ]);
  expect(again).toEqual(one);
  expect(other).toMatchObject({ message: { number: 2 } });
});

it('replies to one message in one batch are counted one after the other', async () => {
  const { id: channelId } = await talk.channel(mia, 'private', [max]);
  const { id: threadRootId } = await talk.post(mia, channelId, 'root');
  const { told } = await talk.telling(() =>
    Promise.all([
      post(mia, { ...fresh(channelId, 'one'), threadRootId }),
      post(max, { ...fresh(channelId, 'two'), threadRootId }),
      post(mia, { ...fresh(channelId, 'three'), threadRootId }),
    ]),
  );
  const counts = told.flatMap(({ type, data }) =>
    type === 'thread.updated' ? [(data as { root: { replyCount: number } }).root.replyCount] : [],
  );
  expect(counts).toEqual([1, 2, 3]);
  const { message } = await talk.ask(max, 'message.get', { messageId: threadRootId });
  expect(message).toMatchObject({ replyCount: 3, replyUserIds: [mia.user.id, max.user.id] });
});

it('somebody who was removed posts no more, though the node knew them by heart', async () => {
  const { id: channelId } = await talk.channel(mia, 'private', [max]);
  await post(max, fresh(channelId, 'while a member'));
  await talk.ask(mia, 'channel.removeMember', { channelId, userId: max.user.id });
  await expect(post(max, fresh(channelId, 'after'))).rejects.toMatchObject({ code: 'not_found' });
  await talk.ask(mia, 'channel.archive', { channelId });
  await expect(post(mia, fresh(channelId, 'after'))).rejects.toMatchObject({
    reason: 'archived',
  });
});

it('messages to a channel that the node knows are one statement, however many', async () => {
  const database = await createTestDatabase();
  const client = openDatabase(database.url);
  let statements: string[] = [];
  const sql = postgres(database.url, {
    max: 1,
    onnotice: () => undefined,
    debug: (_connection, query) => statements.push(query),
  });
  const counted = await startTestServer({ db: client.db, writes: drizzle(sql, { schema }) });
  try {
    const people = new Conversations(counted);
    const ada = await counted.register('ada');
    const { id: channelId } = await people.channel(counted.owner, 'private', [ada]);
    await people.post(counted.owner, channelId, 'makes it known');
    for (const count of [1, 5]) {
      statements = [];
      const posts = Array.from({ length: count }, (_, index) =>
        people.hand(ada, 'message.post', fresh(channelId, `one of several ${index}`)),
      );
      await Promise.all(posts);
      expect(statements).toHaveLength(1);
    }
    const { messages } = await people.ask(ada, 'message.history', { channelId });
    expect(messages.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await people.membership(ada, channelId)).toMatchObject({ readThrough: 7 });
  } finally {
    await counted.close();
    await client.close();
    await sql.end();
    await database.drop();
  }
});
