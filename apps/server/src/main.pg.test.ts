import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { createTestDatabase } from '../test/postgres.ts';
import { entry, startServerProcess } from '../test/server-process.ts';
import { freePort } from './database/embedded.ts';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-main-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it.each([
  ['refuses connections', () => 'postgres://somebody:a-secret@127.0.0.1:1/parley'],
  ['no database of this name', () => new URL('/no-such-database', inject('postgresUrl')).href],
])('says in words that the database cannot be used: %s', async (words, url) => {
  const starting = startServerProcess({
    DATABASE_URL: url(),
    PARLEY_DATA: dataDir,
    PARLEY_PORT: '0',
    PARLEY_LOG_LEVEL: 'silent',
  });
  const error: unknown = await starting.catch((reason: unknown) => reason);
  expect(String(error)).toContain(`the server ended with 1: The database at DATABASE_URL`);
  expect(String(error)).toContain(words);
  expect(String(error)).not.toContain('a-secret');
});

it('serves, and ends in order, where nobody reads what it says', async () => {
  const database = await createTestDatabase();
  const port = await freePort();
  const child = spawn(process.execPath, [entry], {
    env: {
      DATABASE_URL: database.url,
      PARLEY_DATA: dataDir,
      PARLEY_ENDS_WITH_PARENT: '1',
      PARLEY_LOG_LEVEL: 'silent',
      PARLEY_PORT: String(port),
      PARLEY_WORKERS: '1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  child.stdout.destroy();
  await vi.waitFor(
    async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
      expect(status).toBe(200);
    },
    { timeout: 20_000, interval: 50 },
  );
  child.stdin.end();
  expect(await exit).toEqual([0, null]);
  await database.drop();
});
