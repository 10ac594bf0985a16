import { expect, it } from 'vitest';
import type { Client } from '../sync/client.ts';
import { untilSent } from './until-sent.ts';

const client = (kind: 'online' | 'connecting', isFlushed: boolean) => ({
  status: { kind } as Client['status'],
  isFlushed,
});
/** Whether it is over after so long. */
async function isOver(wait: Promise<void>, afterMs: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), afterMs));
  return Promise.race([wait.then(() => true), late]);
}

it('is over at once when nothing waits, and where what waits cannot go', async () => {
  expect(await isOver(untilSent([client('online', true)], 5_000), 40)).toBe(true);
  expect(await isOver(untilSent([client('connecting', false)], 5_000), 40)).toBe(true);
  expect(await isOver(untilSent([], 5_000), 40)).toBe(true);
});

it('waits for each of them', async () => {
  const busy = client('online', false);
  const wait = untilSent([client('online', true), busy], 5_000);
  expect(await isOver(wait, 150)).toBe(false);
  busy.isFlushed = true;
  expect(await isOver(wait, 150)).toBe(true);
});

it('does not wait longer than it may', async () => {
  expect(await isOver(untilSent([client('online', false)], 100), 1_000)).toBe(true);
});
