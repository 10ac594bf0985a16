import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { expect, it, vi } from 'vitest';
import { messages } from '../messages.ts';
import { PagedList, type Page, type PageRequest } from './paged-list.svelte.ts';

/** A list of so many numbers on the server; `hold` keeps answers back until they are let go. */
function setUp(count: number) {
  let total = count;
  let failure: Error | null = null;
  let held: (() => void)[] | null = null;
  const ask = vi.fn(async ({ limit, after }: PageRequest): Promise<Page<number>> => {
    const start = after === undefined ? 0 : Number(after);
    const end = Math.min(total, start + limit);
    const page = {
      items: Array.from({ length: end - start }, (_, index) => start + index),
      next: end < total ? String(end) : null,
    };
    const waiting = held;
    if (waiting) await new Promise<void>((resolve) => waiting.push(resolve));
    if (failure) throw failure;
    return page;
  });
  return {
    pages: new PagedList(ask),
    ask,
    becomes: (next: number) => (total = next),
    fails: (error: Error | null) => (failure = error),
    hold: () => (held = []),
    letGo: (index: number) => held?.[index]?.(),
  };
}

it('loads one page, and more as they are needed, to the end', async () => {
  const { pages, ask } = setUp(450);
  await pages.reload();
  expect([pages.list.length, pages.loaded, pages.complete]).toEqual([200, true, false]);
  await Promise.all([pages.loadMore(), pages.loadMore()]);
  expect(pages.list.length).toBe(400);
  await pages.loadMore();
  expect(pages.complete).toBe(true);
  await pages.loadMore();
  expect(pages.list).toEqual(Array.from({ length: 450 }, (_, index) => index));
  expect(ask).toHaveBeenCalledTimes(3);
});

it('loads as many again as it has', async () => {
  const { pages, becomes } = setUp(450);
  await pages.reload();
  await pages.loadMore();
  becomes(390);
  await pages.reload();
  expect([pages.list.length, pages.complete]).toEqual([390, true]);
});

it('says why it could not be loaded, until it can', async () => {
  const { pages, fails } = setUp(3);
  fails(new ParleyError('unavailable', 'away'));
  await pages.reload();
  expect([pages.error, pages.loaded]).toEqual([messages.errors.unavailable, false]);
  fails(null);
  await pages.reload();
  expect([pages.error, pages.list]).toEqual([null, [0, 1, 2]]);
});

it('takes the answer to the latest question, whichever comes last', async () => {
  const { pages, becomes, hold, letGo } = setUp(3);
  hold();
  const first = pages.reload();
  becomes(5);
  const second = pages.reload();
  letGo(1);
  await second;
  letGo(0);
  await first;
  expect(pages.list).toHaveLength(5);
});
