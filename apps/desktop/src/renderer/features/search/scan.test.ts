import { expect, it } from 'vitest';
import type { Message } from '@parley/shared/protocol/message.ts';
import { parseSearchQuery, type SearchQuery } from '@parley/shared/text/search-query.ts';
import { aMessage, idOf } from '../../../../../../packages/shared/test/entities.ts';
import { scan, type Run, type ScanOptions } from './scan.ts';

const start = Date.parse('2026-03-02T09:00:00.000Z');

function message(id: number, text: string, change: Partial<Message> = {}): Message {
  const createdAt = new Date(start + id * 1_000).toISOString();
  return aMessage({ id: idOf(id), channelId: idOf(0x100), createdAt, text, ...change });
}

function read(text: string): SearchQuery {
  const query = parseSearchQuery(text);
  if (!query) throw new Error('nothing is wanted');
  return query;
}

async function found(
  runs: readonly Run[],
  text: string,
  options: Partial<ScanOptions> = {},
): Promise<string[]> {
  const { signal } = new AbortController();
  const texts: string[] = [];
  for await (const each of scan(runs, read(text), { signal, ...options })) texts.push(each.text);
  return texts;
}

it('finds in all runs, newest first, each message once', async () => {
  const both = message(5, 'tea for two');
  const runs = [
    [message(1, 'tea 1'), both, message(9, 'tea 9')],
    [message(2, 'tea 2'), message(3, 'coffee'), both],
    [],
  ];
  expect(await found(runs, 'tea')).toEqual(['tea 9', 'tea for two', 'tea 2', 'tea 1']);
});

it('reads what people see: without marks, and nothing that was deleted or that the system said', async () => {
  const runs = [
    [
      message(1, 'we **deploy** today'),
      message(2, '', { deletedAt: '2026-03-02T10:00:00.000Z' }),
      message(3, 'deploy today', { deletedAt: '2026-03-02T10:00:00.000Z' }),
      message(4, 'deploy today', { kind: 'system' }),
      message(5, '[deploy](https://example.org) today'),
    ],
  ];
  expect(await found(runs, '"deploy today"')).toEqual([
    '[deploy](https://example.org) today',
    'we **deploy** today',
  ]);
});

it('finds an edited message by what it says now', async () => {
  const before = message(1, 'tea');
  expect(await found([[before]], 'tea')).toEqual(['tea']);
  const after = { ...before, text: 'coffee' };
  expect(await found([[after]], 'tea')).toEqual([]);
  expect(await found([[after]], 'coffee')).toEqual(['coffee']);
});

it('ends at once when it is not wanted any more', async () => {
  const stop = new AbortController();
  const run = Array.from({ length: 100 }, (_, index) => message(index, 'tea'));
  const search = scan([run], read('tea'), { signal: stop.signal });
  expect((await search.next()).done).toBe(false);
  stop.abort();
  expect((await search.next()).done).toBe(true);
});

it('lets the page work in between, however much there is to look through', async () => {
  const runs = Array.from({ length: 40 }, (_, channel) =>
    Array.from({ length: 500 }, (_, index) =>
      message(index * 40 + channel, index === 250 ? 'needle' : 'hay **stack**'),
    ),
  );
  let now = 0;
  const stretches: number[] = [];
  let begunAt = now;
  const texts = await found(runs, 'needle', {
    // As if each message took a millisecond.
    now: () => (now += 1),
    pause: () => {
      stretches.push(now - begunAt);
      now += 50;
      begunAt = now;
      return Promise.resolve();
    },
  });
  expect(texts.length).toBe(40);
  expect(stretches.length).toBeGreaterThan(2_000);
  expect(Math.max(...stretches)).toBeLessThanOrEqual(10);
});

it('lets go of the page for real', async () => {
  let turns = 0;
  const other = setInterval(() => (turns += 1), 0);
  let now = 0;
  const run = Array.from({ length: 2_000 }, (_, index) => message(index, 'hay'));
  await found([run], 'needle', { now: () => (now += 8) });
  clearInterval(other);
  expect(turns).toBeGreaterThan(0);
});
