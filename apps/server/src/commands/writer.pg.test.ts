import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import { idOf } from '../../../../packages/shared/test/entities.ts';
import { createTestDatabase } from '../../test/postgres.ts';
import { openDatabase, type DatabaseClient } from '../database/client.ts';
import { head, log } from '../database/schema.ts';
import { readLog } from '../log/event-source.ts';
import type { Job, JobGroup } from './batch.ts';
import { Writer, type WriterLimits } from './writer.ts';

const actor = { userId: idOf(1), sessionId: idOf(2), role: 'member' as const };
const left: NewEvent = {
  audience: `channel:${idOf(3)}`,
  type: 'member.left',
  data: { channelId: idOf(3), memberCount: 1, userId: actor.userId },
};

/** Carried out by heart or in a transaction; the output tells which. */
const group: JobGroup<null, string> = {
  run: (_, requests) =>
    Promise.resolve(requests.map(() => ({ output: 'in a transaction', events: [left] }))),
  byHeart: (_, requests) => ({
    results: requests.map(() => ({ output: 'by heart', events: [left] })),
    statements: () => [],
  }),
  learn: () => Promise.resolve(false),
};
const job: Job<string, null> = { actor, group, input: null };

/** A node that hears of its own commits, and of another's only when it is told. */
class TestNode {
  position = 0;
  readonly writer: Writer;

  constructor(client: DatabaseClient, limits: Partial<WriterLimits> = {}) {
    const actors = new Map([[actor.sessionId, actor]]);
    this.writer = new Writer({
      ...{ db: client.db, limits },
      log: pino({ level: 'silent' }),
      now: () => new Date(),
      actorsOf: () => Promise.resolve(actors),
      isCurrent: (position) => this.position === position,
      recall: () => ({ position: this.position, actors }),
      committed: (events) => {
        this.position = events.at(-1)?.position ?? this.position;
      },
    });
  }

  async write(): Promise<string> {
    return (await this.writer.submit(job)).output;
  }
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: DatabaseClient;

beforeAll(async () => {
  database = await createTestDatabase();
  client = openDatabase(database.url, { maxConnections: 4 });
});
afterAll(async () => {
  await client.close();
  await database.drop();
});
beforeEach(async () => {
  await client.db.delete(log);
  await client.db.update(head).set({ position: 0, prunedThrough: 0 });
});

it('writes by heart as long as nobody else does', async () => {
  const node = new TestNode(client);
  for (let each = 0; each < 3; each += 1) expect(await node.write()).toBe('by heart');
});

it('asks for 100 ms before it relies on memory again, once another node was first', async () => {
  const [one, other] = [new TestNode(client), new TestNode(client)];
  await one.write();
  // It stands where the log began: the statement finds the log elsewhere and writes nothing.
  expect(await other.write()).toBe('in a transaction');
  const since = performance.now();
  // Current again, and yet it does not try what may fail again at once.
  while (performance.now() - since < 60) {
    const output = await other.write();
    // Where the machine stood still for so long, either is right.
    if (performance.now() - since < 100) expect(output).toBe('in a transaction');
    await delay(5);
  }
  await delay(Math.max(0, 110 - (performance.now() - since)));
  expect(await other.write()).toBe('by heart');
});

it('gives every event its place, whichever of two nodes is first', async () => {
  const nodes = [new TestNode(client), new TestNode(client)];
  const count = 100;
  await Promise.all(
    nodes.map(async (node) => {
      for (let each = 0; each < count; each += 1) await node.write();
    }),
  );
  const events = await readLog(client.db, { after: 0, through: 1_000 }, 1_000);
  expect(events.map(({ position }) => position)).toEqual(
    Array.from({ length: nodes.length * count }, (_, index) => index + 1),
  );
});

it('takes few together, of many half, and never more than the most, in their order', async () => {
  const node = new TestNode(client, { minBatch: 10, maxBatch: 100, gatherMs: 0 });
  const sizesOf = async (count: number) => {
    const jobs = Array.from({ length: count }, () => node.writer.submit(job));
    const written = await Promise.all(jobs);
    const positions = written.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const sizes: number[] = [];
    for (let at = 0; at < count; at += sizes.at(-1) ?? count) {
      sizes.push(written[at]?.batchSize ?? count);
    }
    return sizes;
  };
  expect(await sizesOf(1)).toEqual([1]);
  expect(await sizesOf(10)).toEqual([10]);
  expect(await sizesOf(50)).toEqual([25, 13, 10, 2]);
  expect(await sizesOf(300)).toEqual([100, 100, 50, 25, 13, 10, 2]);
});

it('gives up a batch that never ends, and goes on', async () => {
  const node = new TestNode(client, { maxRunMs: 300 });
  const alone: Job<string, null> = {
    actor,
    run: () => Promise.resolve({ output: 'alone', events: [left] }),
  };
  const lost = vi.spyOn(client.db, 'transaction').mockReturnValueOnce(new Promise(() => undefined));
  const first = node.writer.submit(alone);
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce());
  const second = node.writer.submit(alone);
  await expect(first).rejects.toMatchObject({ code: 'unavailable' });
  expect((await second).output).toBe('alone');
  expect(await node.write()).toBe('by heart');
});
