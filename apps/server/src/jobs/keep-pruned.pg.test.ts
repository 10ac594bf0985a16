import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, startTestServer, type TestServer } from '../../test/server.ts';
import { refreshTokens } from '../database/schema.ts';
import { FileFolder } from '../files/folder.ts';
import { readHead } from '../log/head.ts';
import { keepPruned } from './keep-pruned.ts';

let world: TestServer;

beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world.close());

it('begins soon after a start, and takes events and used refresh tokens from more than thirty days ago', async () => {
  const { db } = world;
  const log = pino({ level: 'silent' });
  const files = new FileFolder(world.filesFolder);
  const { refreshToken } = world.owner;
  const next = await call(world.url, null, 'session.refresh', { refreshToken });
  const { position, prunedThrough } = await readHead(db);
  expect([position > 0, prunedThrough]).toEqual([true, 0]);
  const dayMs = 24 * 3600 * 1000;
  const inDays = (days: number) => () => new Date(Date.now() + days * dayMs);
  const prune = (now: () => Date) =>
    new Promise<void>((resolve) => {
      const stop = keepPruned({ db, files, log: heard(log, resolve), now, firstAfterMs: 1 });
      stops.push(stop);
    });
  const stops: (() => void)[] = [];
  await prune(inDays(29));
  expect((await readHead(db)).prunedThrough).toBe(0);
  expect(await db.$count(refreshTokens)).toBe(2);
  await prune(inDays(31));
  expect((await readHead(db)).prunedThrough).toBe(position);
  expect(await db.$count(refreshTokens)).toBe(1);
  // The one that is left is the one that is good.
  await call(world.url, null, 'session.refresh', { refreshToken: next.refreshToken });
  await prune(inDays(91));
  expect(await db.$count(refreshTokens)).toBe(0);
  for (const stop of stops) stop();
});

/** A log that tells when something was said to it. */
function heard(log: pino.Logger, then: () => void): pino.Logger {
  return Object.assign(Object.create(log) as pino.Logger, { info: then, warn: then });
}
