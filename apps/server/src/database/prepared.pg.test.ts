import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/postgres.ts';
import { openDatabase, type DatabaseClient } from './client.ts';
import { asJson, preparedOn } from './prepared.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: DatabaseClient;

beforeAll(async () => {
  database = await createTestDatabase();
  client = openDatabase(database.url, { maxConnections: 1 });
});
afterAll(async () => {
  await client.close();
  await database.drop();
});

it('runs statements inside the transaction, prepared, with rows as one parameter', async () => {
  const rows = [
    { n: 1, list: ['a', 'b'] },
    { n: 2, list: [] },
  ];
  await client.db
    .transaction(async (tx) => {
      const sql = preparedOn(tx);
      await sql`create table scratch (n int, list text[])`;
      await sql`
        insert into scratch
        select r.n, r.list from json_to_recordset(${asJson(rows)}::json) as r(n int, list text[])`;
      expect(await sql`select n, list from scratch order by n`).toEqual(rows);
      const prepared = await sql`select statement from pg_prepared_statements`;
      expect(
        prepared.some(({ statement }) => String(statement).includes('json_to_recordset')),
      ).toBe(true);
      throw new Error('roll back');
    })
    .catch((error: unknown) => {
      expect(error).toMatchObject({ message: 'roll back' });
    });
  const [found] = await preparedOn(client.db)`select to_regclass('scratch') as name`;
  expect(found?.name).toBeNull();
});
