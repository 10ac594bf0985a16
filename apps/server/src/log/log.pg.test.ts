import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Membership } from '@parley/shared/protocol/channel.ts';
import { eq } from 'drizzle-orm';
import { createTestDatabase } from '../../test/postgres.ts';
import { openDatabase, type DatabaseClient } from '../database/client.ts';
import { head, log, mentions } from '../database/schema.ts';
import { appendAtOnce, appendEvents, eventsAfter } from './append.ts';
import { atOneMoment } from './bootstrap.ts';
import { checkCursor } from './cursor.ts';
import { logIn, readLog } from './event-source.ts';
import { lockHead, readHead } from './head.ts';
import { pruneLog } from './prune.ts';
import { StreamReader } from './stream.ts';

const me = '01900000-0000-7000-8000-000000000001';
const other = '01900000-0000-7000-8000-000000000002';
const town = '01900000-0000-7000-8000-00000000000a';
const cave = '01900000-0000-7000-8000-00000000000b';
const at = new Date('2026-11-24T09:00:00.000Z');

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: DatabaseClient;

beforeAll(async () => {
  database = await createTestDatabase();
  client = openDatabase(database.url, { maxConnections: 12 });
});
afterAll(async () => {
  await client.close();
  await database.drop();
});
beforeEach(async () => {
  await client.db.delete(log);
  await client.db.update(head).set({ position: 0, prunedThrough: 0 });
});

function append(events: NewEvent[], moment = at) {
  return client.db.transaction(async (tx) =>
    appendEvents(
      tx,
      await lockHead(tx),
      events.map((event) => ({ event, actorId: null, at: moment })),
    ),
  );
}

const left = (channelId: string): NewEvent => ({
  audience: `channel:${channelId}`,
  type: 'member.left',
  data: { channelId, memberCount: 1, userId: other },
});
const removed = (channelId: string, userId = me): NewEvent => ({
  audience: `user:${userId}`,
  type: 'membership.removed',
  data: { channelId },
});
const joined = (channelId: string): NewEvent => {
  const timestamp = at.toISOString();
  const membership: Membership = {
    channelId,
    userId: me,
    role: 'member',
    readThrough: 0,
    unreadCount: 0,
    mentionCount: 0,
    notify: 'default',
    muted: false,
    starred: false,
    section: null,
    joinedAt: timestamp,
  };
  return {
    audience: `user:${me}`,
    type: 'membership.added',
    data: {
      membership,
      channel: {
        id: channelId,
        kind: 'public',
        name: 'town',
        topic: '',
        purpose: '',
        createdBy: other,
        createdAt: timestamp,
        archivedAt: null,
        messageCount: 0,
        memberCount: 2,
        lastMessageAt: null,
        postingPolicy: 'everyone',
        retentionDays: null,
        directUserIds: null,
      },
    },
  };
};

/** Tries to append after this position, in one statement, with a row elsewhere that belongs to it. */
function tryAtOnce(from: number, count: number, number = from): Promise<boolean> {
  const entries = Array.from({ length: count }, () => ({ event: left(town), actorId: null, at }));
  return appendAtOnce(client.db, from, eventsAfter(from, entries), (sql) => [
    sql`insert into mentions (user_id, channel_id, number) values (${me}, ${town}, ${number})`,
  ]);
}

describe('appending at once', () => {
  beforeEach(() => client.db.delete(mentions));

  it('writes everything where the log ends there, and nothing where it does not', async () => {
    expect(await tryAtOnce(0, 2)).toBe(true);
    expect([await tryAtOnce(0, 1, 10), await tryAtOnce(3, 1, 11)]).toEqual([false, false]);
    expect(await tryAtOnce(2, 1)).toBe(true);
    expect((await readHead(client.db)).position).toBe(3);
    const positions = await client.db.select({ position: log.position }).from(log);
    expect(positions.map(({ position }) => position)).toEqual([1, 2, 3]);
    const rows = await client.db.select({ number: mentions.number }).from(mentions);
    expect(rows.map(({ number }) => number)).toEqual([0, 2]);
  });

  it('writes nothing where what belongs to the events is refused', async () => {
    await tryAtOnce(0, 1, 7);
    await expect(tryAtOnce(1, 1, 7)).rejects.toMatchObject({ code: '23505' });
    expect((await readHead(client.db)).position).toBe(1);
  });

  it('leaves no hole and no overlap among writers of both kinds', async () => {
    let appended = 0;
    const atOnce = Array.from({ length: 6 }, async () => {
      for (let round = 0; round < 40; round += 1) {
        const { position } = await readHead(client.db);
        if (await tryAtOnce(position, 2)) appended += 2;
      }
    });
    const locking = Array.from({ length: 3 }, async () => {
      for (let round = 0; round < 15; round += 1) {
        const events = await append([left(town), left(cave)]);
        appended += events.length;
      }
    });
    await Promise.all([...atOnce, ...locking]);
    const rows = await client.db.select().from(log).orderBy(log.position);
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
    expect(rows).toHaveLength(appended);
    expect((await readHead(client.db)).position).toBe(appended);
    expect(appended).toBeGreaterThan(3 * 15 * 2);
  });
});

describe('the log', () => {
  it('gives positions in the order of commits, without holes, under rollbacks and concurrency', async () => {
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 15; round += 1) {
        const work = client.db.transaction(async (tx) => {
          const from = await lockHead(tx);
          const entry = { event: left(town), actorId: null, at };
          await appendEvents(tx, from, round % 2 ? [entry] : [entry, entry]);
          if ((writer + round) % 5 === 0) throw new Error('rolled back');
        });
        await work.catch((error: unknown) => {
          if (!(error instanceof Error) || error.message !== 'rolled back') throw error;
        });
      }
    });
    const reader = (async () => {
      for (let look = 0; look < 40; look += 1) {
        await atOneMoment(client.db, async (tx) => {
          const { position } = await readHead(tx);
          const rows = await tx.select({ position: log.position }).from(log);
          expect(rows.length).toBe(position);
        });
      }
    })();
    await Promise.all([...writers, reader]);
    const rows = await client.db.select().from(log).orderBy(log.position);
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.length).toBe((await readHead(client.db)).position);
  });

  it('takes more events at once than one statement can carry', async () => {
    const events = await append(Array.from({ length: 12_000 }, () => left(town)));
    expect(events.at(-1)?.position).toBe(12_000);
    expect((await readLog(client.db, { after: 11_990, through: 12_000 }, 100)).length).toBe(10);
  });
});

describe("a person's stream", () => {
  const open = (channelIds: string[], after: number, through: number, role: 'member' | 'guest') =>
    StreamReader.open(
      logIn(client.db),
      { userId: me, role, channelIds: new Set(channelIds) },
      { after, through },
    );
  const positions = async (reader: StreamReader, limit = 100) => {
    const all: number[] = [];
    for (;;) {
      const page = await reader.next(limit);
      all.push(...page.events.map(({ position }) => position));
      if (page.done) return all;
    }
  };

  it('holds what is for everyone, for members, for oneself and for the own conversations', async () => {
    await append([
      left(town),
      left(cave),
      { audience: 'everyone', type: 'workspace.updated', data: workspace },
      { audience: 'members', type: 'workspace.updated', data: workspace },
      removed(cave, other),
    ]);
    expect(await positions(await open([town], 0, 5, 'member'))).toEqual([1, 3, 4]);
    expect(await positions(await open([town], 0, 5, 'guest'))).toEqual([1, 3]);
    expect(await positions(await open([], 2, 5, 'member'))).toEqual([3, 4]);
  });

  it('begins a conversation with the joining and says nothing of one that was left', async () => {
    await append([left(town), left(cave), joined(town), left(town), left(cave), removed(cave)]);
    // Now in town, no longer in cave.
    expect(await positions(await open([town], 0, 6, 'member'))).toEqual([3, 4, 6]);
  });

  it('leaves out what happened between leaving and coming back, also over pages', async () => {
    await append([left(town), removed(town), left(town), joined(town), left(town)]);
    for (const limit of [1, 2, 100]) {
      expect(await positions(await open([town], 0, 5, 'member'), limit)).toEqual([1, 2, 4, 5]);
    }
  });

  it('moves the position to the end of the range even when nothing in it is for this person', async () => {
    await append([left(cave), left(cave)]);
    const page = await (await open([town], 0, 2, 'member')).next(10);
    expect(page).toEqual({ after: 0, position: 2, events: [], done: true });
  });
});

describe('pruning', () => {
  it('makes positions from before it expired and keeps what is younger', async () => {
    const old = new Date(at.getTime() - 1_000);
    await append([left(town), left(town)], old);
    await append([left(town)], at);
    expect(await pruneLog(client.db, at)).toBe(2);
    expect(await pruneLog(client.db, at)).toBe(2);
    const state = await readHead(client.db);
    expect(state).toMatchObject({ position: 3, prunedThrough: 2 });
    const check = (after: number, epoch?: string) => () => {
      checkCursor(state, { after, epoch });
    };
    expect(check(1)).toThrow(/fresh snapshot/);
    expect(check(2)).not.toThrow();
    expect(check(3, state.epoch)).not.toThrow();
    expect(check(4)).toThrow(/fresh snapshot/);
    expect(check(3, 'another life')).toThrow(/fresh snapshot/);
    const rows = await client.db.select().from(log).where(eq(log.position, 2));
    expect(rows).toEqual([]);
  });

  it('goes on until all is gone, little by little, and lets writers in between', async () => {
    await append(Array.from({ length: 95 }, () => left(town)));
    const pruning = pruneLog(client.db, new Date(at.getTime() + 1), 10);
    await Promise.all(Array.from({ length: 5 }, () => append([left(town)], new Date())));
    expect(await pruning).toBe(95);
    expect(await readHead(client.db)).toMatchObject({ position: 100, prunedThrough: 95 });
    const rows = await client.db.select().from(log);
    expect(rows.map(({ position }) => position).sort()).toEqual([100, 96, 97, 98, 99]);
  });
});

const workspace = {
  workspace: { id: town, name: 'Northwind', createdAt: at.toISOString(), readReceipts: false },
};
