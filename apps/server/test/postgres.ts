import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import postgres from 'postgres';
import { inject } from 'vitest';

import { migrateDatabase, openDatabase } from '../src/database/client.ts';
import { startEmbeddedPostgres } from '../src/database/embedded.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's Postgres, as its superuser. */
    postgresUrl: string;
    /** Name of a database with every migration applied, to be copied. */
    postgresTemplate: string;
  }
}

type Project = {
  provide(key: 'postgresUrl' | 'postgresTemplate', value: string): void;
};

/**
 * Vitest's global set-up for tests on a real Postgres: one server for the whole run, throw-away
 * settings in a temporary folder, or the server that TEST_DATABASE_URL names.
 */
export async function setup(project: Project): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const server = given === undefined ? await startServer() : { url: given, stop: doNothing };
  const template = databaseName('template');
  try {
    await administer(server.url, (sql) => sql`create database ${sql(template)}`);
    await migrate(at(server.url, template));
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('postgresUrl', server.url);
  project.provide('postgresTemplate', template);
  return async () => {
    await drop(server.url, template);
    await server.stop();
  };
}

/** A database of its own for a test or a suite; `empty` for one without tables. */
export async function createTestDatabase(
  options: { empty?: boolean } = {},
): Promise<{ url: string; drop(): Promise<void> }> {
  const server = inject('postgresUrl');
  const template = options.empty === true ? 'template0' : inject('postgresTemplate');
  const name = databaseName('test');
  await administer(server, (sql) => sql`create database ${sql(name)} template ${sql(template)}`);
  return { url: at(server, name), drop: () => drop(server, name) };
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-'));
  // Passable for the account that Postgres runs as when the tests run as root.
  chmodSync(folder, 0o711);
  const log = { info: doNothing, warn: doNothing };
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'db'), log, durable: false });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function migrate(url: string): Promise<void> {
  const client = openDatabase(url, { maxConnections: 1 });
  try {
    await migrateDatabase(client.db);
  } finally {
    await client.close();
  }
}

async function drop(server: string, name: string): Promise<void> {
  await administer(server, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
}

async function administer(
  url: string,
  statement: (sql: postgres.Sql) => Promise<unknown>,
): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await statement(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function at(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

function databaseName(kind: string): string {
  return `parley_${kind}_${randomUUID().replaceAll('-', '')}`;
}

async function doNothing(): Promise<void> {
  // Nothing to stop, nobody to tell.
}
