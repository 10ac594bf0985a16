import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../test/postgres.ts';
import {
  isConnectionTrouble,
  openDatabase,
  type DatabaseClient,
  type Transaction,
} from './client.ts';
import { preparedOn } from './prepared.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let admin: DatabaseClient;
let client: DatabaseClient;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  admin = openDatabase(database.url, { maxConnections: 1 });
  // One connection, so that whoever comes next gets the one that was lost.
  client = openDatabase(database.url, { maxConnections: 1 });
  await admin.db.execute(sql`create table note (text text not null)`);
});
afterEach(async () => {
  await client.close();
  await admin.close();
  await database.drop();
});

/** Ends the connection that the transaction is on. */
async function lose(tx: Transaction): Promise<void> {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  await admin.db.execute(sql`select pg_terminate_backend(${row?.pid ?? 0}, 5000)`);
}

const note = (text: string) => sql`insert into note values (${text})`;
const notes = async () =>
  (await admin.db.execute<{ text: string }>(sql`select * from note`)).length;

describe('a transaction whose connection is lost', () => {
  it('is refused to its end, and the pool goes on', async () => {
    const orphaned: Promise<unknown>[] = [];
    for (let round = 0; round < 5; round += 1) {
      const transaction = client.db.transaction(async (tx) => {
        const rest = async () => {
          await tx.execute(note('first'));
          await lose(tx);
          const attempts = [1, 2, 3].map((n) => tx.execute(note(`after ${n}`)));
          const outcomes = await Promise.allSettled(attempts);
          expect(outcomes.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
          await tx.transaction((inner) => inner.execute(note('in a savepoint')));
        };
        const all = rest();
        orphaned.push(all);
        await all;
      });
      await expect(transaction).rejects.toThrow();
      await client.db.execute(sql`select 1`);
    }
    const ends = await Promise.allSettled(orphaned);
    expect(ends.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    expect(await notes()).toBe(0);
  });

  it('does nothing on the connection that comes after', async () => {
    let goOn: () => void = () => undefined;
    const reconnected = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let orphaned: Promise<unknown> = Promise.resolve();
    const transaction = client.db.transaction(async (tx) => {
      const rest = async () => {
        await lose(tx);
        await reconnected;
        await tx.execute(note('outside of any transaction'));
      };
      orphaned = rest();
      await orphaned;
    });
    await expect(transaction).rejects.toThrow();
    await client.db.execute(sql`select 1`);
    goOn();
    await expect(orphaned).rejects.toThrow();
    expect(await notes()).toBe(0);
  });
});

type Cut = 'cut' | 'swallow' | undefined;

const startingUpFields = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0';
/** An ErrorResponse (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
const startingUp = Buffer.concat([
  Buffer.from([0x45, 0, 0, 0, startingUpFields.length + 4]),
  Buffer.from(startingUpFields),
]);

/** A way to the database that looks at what goes through it, each way, and can be cut by that. */
async function openGate(look: {
  up?(chunk: Buffer): Cut;
  down?(chunk: Buffer): Cut;
  /** The database says so to this connection, counted from 1. */
  isStartingUp?(count: number): boolean;
  /** How long the database may be silent. */
  silent?: { silentMs: number };
}) {
  const { hostname, port } = new URL(database.url);
  let count = 0;
  const gate = createServer((near) => {
    count += 1;
    if (look.isStartingUp?.(count)) {
      near.on('error', () => undefined);
      near.resume().end(startingUp);
      return;
    }
    const far = connect({ host: hostname, port: Number(port) });
    const pass = (from: Socket, to: Socket, seen?: (chunk: Buffer) => Cut) => {
      from.on('data', (chunk: Buffer) => {
        const cut = seen?.(chunk);
        if (cut === 'cut') {
          near.resetAndDestroy();
          far.destroy();
        } else if (cut !== 'swallow') to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    };
    pass(near, far, look.up);
    pass(far, near, look.down);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(gate.address() as AddressInfo).port}`;
  const gated = openDatabase(url.href, { maxConnections: 1, ...look.silent });
  const close = async () => {
    await gated.close();
    await new Promise((resolve) => gate.close(resolve));
  };
  return { db: gated.db, writes: gated.writes, connections: () => count, close };
}

it('outlives connections that are lost before their first query, and is back soon', async () => {
  const mostCuts = 7;
  let cuts = 0;
  const gate = await openGate({
    up: (chunk) => {
      if (cuts === mostCuts || !chunk.includes('select 1')) return;
      cuts += 1;
      return 'cut';
    },
  });
  const startedAt = performance.now();
  const answers = Array.from({ length: 10 }, () => gate.db.execute(sql`select 1`));
  const outcomes = await Promise.allSettled(answers);
  expect(cuts).toBe(mostCuts);
  expect(performance.now() - startedAt).toBeLessThan(12_000);
  expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
  await gate.close();
});

it.each(['db', 'writes'] as const)(
  'fails what a database that has vanished does not answer, and goes on with one that is there (%s)',
  async (way) => {
    let hasVanished = false;
    const gate = await openGate({
      silent: { silentMs: 400 },
      up: () => (hasVanished ? 'swallow' : undefined),
    });
    const queries = gate[way];
    const ask = () => queries.execute(sql`select 1`);
    await ask();
    hasVanished = true;
    // The first is on its way, and the rest behind it.
    const outcomes = Promise.allSettled([ask(), ask(), ask()]);
    const startedAt = performance.now();
    await delay(100);
    hasVanished = false;
    await outcomes;
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const isLost = (outcome: PromiseSettledResult<unknown>) =>
      outcome.status === 'rejected' && isConnectionTrouble(outcome.reason);
    expect((await outcomes).map(isLost)).toEqual([true, true, true]);
    await ask();
    await gate.close();
  },
);

it.each(['db', 'writes'] as const)(
  'settles what is asked in the moment in which a connection is lost (%s)',
  async (way) => {
    let isCut = false;
    const gate = await openGate({
      up: (chunk) => {
        if (isCut || !chunk.includes('lost')) return;
        isCut = true;
        return 'cut';
      },
    });
    const ask = (what: string) => gate[way].execute(sql.raw(`select '${what}'`));
    await ask('warm');
    let outcome = 'none';
    const next = ask('lost').catch(() => ask('next'));
    next.then(
      () => (outcome = 'answered'),
      (error: unknown) => (outcome = isConnectionTrouble(error) ? 'lost' : 'another failure'),
    );
    await vi.waitFor(() => expect(outcome).not.toBe('none'), { timeout: 5_000 });
    expect(['answered', 'lost']).toContain(outcome);
    await ask('after');
    await gate.close();
  },
);

it('leaves alone what takes its time as long as something comes, and lets go what nobody needs', async () => {
  const gate = await openGate({ silent: { silentMs: 2_000 } });
  const rows = await gate.db.execute(
    // Each piece is as long as the server gathers before it sends.
    sql`select repeat('x', 65536), pg_sleep(0.5) from generate_series(1, 6)`,
  );
  expect(rows).toHaveLength(6);
  expect(gate.connections()).toBe(1);
  await delay(3_000);
  await gate.db.execute(sql`select 1`);
  expect(gate.connections()).toBe(2);
  await gate.close();
});

it('knows arrays without having asked the database for them', async () => {
  let hasAsked = false;
  const gate = await openGate({
    up: (chunk) => {
      hasAsked ||= chunk.includes('pg_type');
      return undefined;
    },
  });
  const ids = ['0190a000-0000-7000-8000-000000000001', '0190a000-0000-7000-8000-000000000002'];
  const texts = ['a "quoted" one', 'back\\slash', '{curly, commas}', '', 'NULL', '日本語\n👍'];
  const asked = preparedOn(gate.db);
  const [row] = await asked`
    select ${ids}::uuid[] as ids, ${texts}::text[] as texts, ${[1, 2 ** 40]}::bigint[] as bigints,
      ${[3, -4]}::int[] as integers, ${[]}::uuid[] as none, array[]::text[] as empty`;
  expect(row).toEqual({
    ...{ ids, texts, none: [], empty: [] },
    // As the driver gives them one by one.
    ...{ bigints: ['1', String(2 ** 40)], integers: [3, -4] },
  });
  expect(hasAsked).toBe(false);
  await gate.close();
});

it('blames nothing that comes later for the end of a connection', async () => {
  const asleep = sql`from pg_stat_activity where query = 'select pg_sleep(20)' and wait_event = 'PgSleep'`;
  const outcome = Promise.allSettled([client.db.execute(sql`select pg_sleep(20)`)]);
  await vi.waitFor(async () => {
    expect(await admin.db.execute(sql`select 1 ${asleep}`)).toHaveLength(1);
  });
  await admin.db.execute(sql`select pg_terminate_backend(pid, 5000) ${asleep}`);
  const [{ status }] = await outcome;
  expect(status).toBe('rejected');
  expect(await client.db.execute(sql`select 1`)).toHaveLength(1);
});

describe('a result that breaks off', () => {
  const one = async (db: DatabaseClient['db']) => [...(await db.execute(sql`select 1 as one`))];

  it('by an error leaves the next one whole', async () => {
    const breaks = sql`select 1 / (3 - n) from generate_series(1, 3) as n`;
    await expect(client.db.execute(breaks)).rejects.toThrow();
    expect(await one(client.db)).toEqual([{ one: 1 }]);
  });

  it('with its connection leaves the next one whole, though the database needs a while', async () => {
    let passed = 0;
    const gate = await openGate({
      down: (chunk) => {
        if (!chunk.includes('a long line')) return;
        passed += 1;
        // Some rows have come by then.
        return passed === 3 ? 'cut' : undefined;
      },
      isStartingUp: (count) => count === 2,
    });
    const many = sql`select 'a long line ' || repeat('x', 1000) from generate_series(1, 20000)`;
    await expect(gate.db.execute(many)).rejects.toThrow();
    expect(passed).toBe(3);
    await expect(one(gate.db)).rejects.toMatchObject({ cause: { code: '57P03' } });
    expect(await one(gate.db)).toEqual([{ one: 1 }]);
    expect(gate.connections()).toBe(3);
    await gate.close();
  });
});
