import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startServerProcess } from '../test/server-process.ts';

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
