/** PG: how many small rows a second Postgres itself makes durable, by ordinary inserts. */
import postgres from 'postgres';
import { calmly, Meter } from '../meter.ts';
import type { PrivatePostgres } from '../private-postgres.ts';
import { rounded, type Measurement } from '../report/records.ts';
import type { Settings } from './settings.ts';

const database = 'postgres_limit';
const text = 'x'.repeat(120);
const seconds = 3;

const cases = [
  { kind: 'single row, 1 connection', connections: 1, rows: 1 },
  { kind: 'single row, 10 connections', connections: 10, rows: 1 },
  { kind: '100 rows an INSERT, 1 connection', connections: 1, rows: 100 },
  { kind: '100 rows an INSERT, 4 connections', connections: 4, rows: 100 },
] as const;

export async function postgresLimit(
  server: PrivatePostgres,
  settings: Settings,
): Promise<Measurement[]> {
  await server.makeDatabase(database);
  await server.run(
    database,
    `create table messages (id bigserial primary key, channel_id int not null, user_id int not null,
       text text not null, created_at timestamptz not null default now());
     create index on messages (channel_id, id);`,
  );
  const measurements: Measurement[] = [];
  for (const each of cases) {
    const clients = Array.from({ length: each.connections }, () =>
      postgres(server.url(database), { max: 1 }),
    );
    for (const sql of clients)
      for (let warm = 0; warm < 20; warm += 1) await insert(sql, each.rows);
    await server.run('postgres', 'checkpoint');
    const measured = { serverPids: () => [], databasePids: () => server.pids() };
    const values = await calmly(measured, settings, () => write(measured, clients, each.rows));
    for (const sql of clients) await sql.end();
    measurements.push({ workload: 'PG', kind: each.kind, values: rounded(values) });
  }
  return measurements;
}

async function insert(sql: postgres.Sql, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => ({
    channel_id: index,
    user_id: 1,
    text,
  }));
  await sql`insert into messages ${sql(rows)} returning id, created_at`;
}

async function write(
  measured: ConstructorParameters<typeof Meter>[0],
  clients: readonly postgres.Sql[],
  rows: number,
) {
  const latencies: number[] = [];
  const meter = new Meter(measured);
  const latest = performance.now() + seconds * 1000;
  await Promise.all(
    clients.map(async (sql) => {
      while (performance.now() < latest) {
        const from = performance.now();
        await insert(sql, rows);
        latencies.push(performance.now() - from);
      }
    }),
  );
  const cost = meter.stop();
  latencies.sort((a, b) => a - b);
  const commits = latencies.length;
  return {
    rowsPerS: (commits * rows) / cost.wallS,
    commitsPerS: commits / cost.wallS,
    p50: latencies[commits >> 1] ?? NaN,
    p99: latencies[Math.floor(commits * 0.99)] ?? NaN,
    databaseCpuPer100k: (1e5 * cost.databaseCpuS) / (commits * rows),
    databasePct: cost.databasePct,
    generatorPct: cost.generatorPct,
    foreignPct: cost.foreignPct,
  };
}
