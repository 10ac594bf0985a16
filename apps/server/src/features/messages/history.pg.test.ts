import fc from 'fast-check';
import { drizzle } from 'drizzle-orm/postgres-js';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { createTestDatabase } from '../../../test/postgres.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';
import * as schema from '../../database/schema.ts';

type Query = { text: string; params: unknown[] };
type Line = { threadRootId?: string };
type Bounds = { before?: number; after?: number; around?: number; limit?: number };

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let client: postgres.Sql;
let dropDatabase: () => Promise<void>;
/** Every query that the server sends, while somebody listens. */
let queries: Query[] | null = null;

let channelId: string;
let threadRootId: string;
const timelineLength = 60;
const threadLength = 25;

beforeAll(async () => {
  const database = await createTestDatabase();
  dropDatabase = database.drop;
  client = postgres(database.url, { max: 5, onnotice: () => undefined });
  const logger = { logQuery: (text: string, params: unknown[]) => queries?.push({ text, params }) };
  server = await startTestServer({ db: drizzle(client, { schema, logger }) });
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  await writeMessages();
});
afterAll(async () => {
  await server.close();
  await client.end({ timeout: 5 });
  await dropDatabase();
});

/** A timeline and a thread that run through each other, with a reply in both and deleted ones. */
async function writeMessages(): Promise<void> {
  ({ id: channelId } = await talk.channel(mia, 'private', [max]));
  ({ id: threadRootId } = await talk.post(mia, channelId, 't1'));
  for (let n = 2; n <= timelineLength; n += 1) {
    if (n === 30) {
      await talk.post(max, channelId, 't30', { threadRootId, alsoToChannel: true });
      continue;
    }
    const { id: messageId } = await talk.post(mia, channelId, `t${n}`);
    if (n % 7 === 0) await talk.ask(mia, 'message.delete', { messageId });
    if (n < 26) await talk.post(max, channelId, `r${n}`, { threadRootId });
  }
}

const read = (bounds: Bounds, line: Line = {}) =>
  talk.ask(max, 'message.history', { channelId, ...line, ...bounds });

/** What a page of the numbers 1 to `length` must be. */
function expected(length: number, { before, after, around, limit = 50 }: Bounds) {
  const numbers = Array.from({ length }, (_, index) => index + 1);
  if (after !== undefined) {
    const from = Math.min(after, length);
    return { from, to: Math.min(from + limit, length) };
  }
  if (around === undefined) {
    const to = before === undefined ? length : Math.min(before - 1, length);
    return { from: Math.max(0, to - limit), to };
  }
  const below = numbers.filter((number) => number < around).length;
  const wanted = below - Math.floor(limit / 2);
  const from = Math.max(0, Math.min(wanted, length - limit));
  return { from, to: Math.min(length, from + limit) };
}

const bounds = fc.oneof(
  fc.record({ limit: fc.integer({ min: 1, max: 70 }) }),
  ...(['before', 'after', 'around'] as const).map((bound) =>
    fc
      .record({
        number: fc.integer({ min: bound === 'before' ? 1 : 0, max: 70 }),
        limit: fc.integer({ min: 1, max: 70 }),
      })
      .map(({ number, limit }): Bounds => ({ [bound]: number, limit })),
  ),
);

describe('message.history', () => {
  it.each([
    ['a timeline', timelineLength, (): Line => ({})],
    ['a thread', threadLength, (): Line => ({ threadRootId })],
  ])('reads any page of %s, and knows what lies beyond it', async (_what, length, line) => {
    const property = fc.asyncProperty(bounds, async (asked: Bounds) => {
      const page = await read(asked, line());
      const { from, to } = expected(length, asked);
      const numbers = page.messages.map(({ number, threadNumber }) =>
        line().threadRootId === undefined ? number : threadNumber,
      );
      expect(numbers).toEqual(Array.from({ length: to - from }, (_, index) => from + index + 1));
      expect([page.hasMoreBefore, page.hasMoreAfter]).toEqual([from > 0, to < length]);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('keeps replies out of the timeline, unless they went there too', async () => {
    const timeline = await read({ limit: 200 });
    const replies = timeline.messages.filter((message) => message.threadRootId !== null);
    expect(replies.map(({ number, threadNumber }) => [number, threadNumber])).toEqual([
      [30, threadLength],
    ]);
    const inThread = await read({ limit: 200 }, { threadRootId });
    expect(inThread.messages.every((message) => message.threadRootId === threadRootId)).toBe(true);
  });

  it('gives fifty when not told otherwise, and refuses two bounds', async () => {
    expect((await read({})).messages).toHaveLength(50);
    const attempts = [read({ before: 3, after: 1 }), read({ after: 1, around: 2 })];
    expect(await refusals(attempts)).toEqual(['invalid_input', 'invalid_input']);
  });

  it('knows an empty channel and an empty thread', async () => {
    const { id } = await talk.channel(mia, 'private');
    const nothing = { messages: [], hasMoreBefore: false, hasMoreAfter: false };
    expect(await talk.ask(mia, 'message.history', { channelId: id })).toEqual(nothing);
    expect(await talk.ask(mia, 'message.history', { channelId: id, around: 5 })).toEqual(nothing);
    const root = await talk.post(mia, id, 'root');
    const thread = { channelId: id, threadRootId: root.id };
    expect(await talk.ask(mia, 'message.history', thread)).toEqual(nothing);
  });

  it('does not know a thread of another channel, nor one without a root', async () => {
    const other = await talk.channel(mia, 'private', [max]);
    const attempts = [
      talk.ask(max, 'message.history', { channelId: other.id, threadRootId }),
      talk.ask(max, 'message.history', { channelId, threadRootId: randomUUID() }),
    ];
    expect(await refusals(attempts)).toEqual(['not_found', 'not_found']);
  });
});

type Plan = {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
};

function* nodesOf(plan: Plan): Generator<Plan> {
  yield plan;
  for (const inner of plan.Plans ?? []) yield* nodesOf(inner);
}

describe('a page of a long history', () => {
  const many = 20_000;
  const lines: Line[] = [{}];

  beforeAll(async () => {
    ({ id: channelId } = await talk.channel(mia, 'private', [max]));
    const root = await talk.post(mia, channelId, 'root');
    lines.push({ threadRootId: root.id });
    const authorId = mia.user.id;
    const nobody: string[] = [];
    // A channel and a thread of this length through the commands would take a minute.
    await client`insert into messages (id, channel_id, number, thread_root_id, thread_number, author_id,
        kind, text, nonce, request_hash, posted_position, reply_user_ids, created_at, mention_user_ids,
        mention_group_ids, mentions_channel, mentions_here)
      select gen_random_uuid(), ${channelId}, case when reply then null else n end,
        case when reply then ${root.id}::uuid end, case when reply then n end, ${authorId},
        'text', 'x', gen_random_uuid(), '', 0, ${nobody}::uuid[], now(), ${nobody}::uuid[],
        ${nobody}::uuid[], false, false
      from generate_series(2, ${many}::int) n, (values (true), (false)) line(reply)`;
    await client`analyze messages`;
  });

  /** How the database went through the messages for this command. */
  async function plansOf(action: () => Promise<unknown>): Promise<Plan[]> {
    queries = [];
    await action();
    const sent = queries.filter(({ text }) => text.includes('from "messages"'));
    queries = null;
    const plans: Plan[] = [];
    for (const { text, params } of sent) {
      const explained = `explain (analyze, format json) ${text}`;
      // What drizzle gives to this driver may be given to it again.
      const given = params as postgres.ParameterOrJSON<never>[];
      const [row] = await client.unsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(explained, given);
      const plan = row?.['QUERY PLAN'][0]?.Plan;
      if (plan) plans.push(...nodesOf(plan));
    }
    return plans;
  }

  it.each([
    ['the latest', {}],
    ['those before a number', { before: many / 2 }],
    ['those after a number', { after: many / 2 }],
    ['those around a number', { around: many / 2 }],
  ])('%s, is read by an index, and nothing beside the page is', async (_what, asked: Bounds) => {
    for (const line of lines) {
      const nodes = await plansOf(() => read({ ...asked, limit: 50 }, line));
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      const scans = nodes.filter((node) => node['Relation Name'] === 'messages');
      expect(scans.length).toBeGreaterThan(0);
      for (const scan of scans) {
        expect(scan['Node Type']).toBe('Index Scan');
        expect(scan['Actual Rows']).toBeLessThanOrEqual(51);
        expect(scan['Rows Removed by Filter'] ?? 0).toBe(0);
      }
    }
  });
});
