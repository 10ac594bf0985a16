import { connect, createServer, type AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/postgres.ts';
import { openDatabase, type DatabaseClient, type Transaction } from './client.ts';

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

it('outlives connections that are lost before their first query, and is back soon', async () => {
  const { hostname, port } = new URL(database.url);
  const mostCuts = 7;
  let cuts = 0;
  const gate = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    near.on('data', (chunk) => {
      // The driver asks for the types of arrays when it has signed in, and before anything else.
      if (cuts === mostCuts || !chunk.includes('pg_catalog.pg_type')) far.write(chunk);
      else {
        cuts += 1;
        near.resetAndDestroy();
        far.destroy();
      }
    });
    far.on('data', (chunk) => near.write(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(gate.address() as AddressInfo).port}`;
  const gated = openDatabase(url.href, { maxConnections: 1 });
  const startedAt = performance.now();
  const answers = Array.from({ length: 10 }, () => gated.db.execute(sql`select 1`));
  const outcomes = await Promise.allSettled(answers);
  expect(cuts).toBe(mostCuts);
  expect(performance.now() - startedAt).toBeLessThan(12_000);
  expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
  await gated.close();
  await new Promise((resolve) => gate.close(resolve));
});
