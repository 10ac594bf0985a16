import { expect, it, vi } from 'vitest';
import type { CallInput } from '../../bridge/bridge.ts';
import { settle } from '../../../test/settle.ts';
import { BadgeTeller } from './badge-teller.ts';

const badge: CallInput<'badge.set'> = {
  ...{ quiet: null, recent: [], unread: 3, mentions: 1 },
  connection: 'online',
};

function setUp() {
  const show = vi.fn<(given: typeof badge) => Promise<unknown>>(() => Promise.resolve());
  return { show, teller: new BadgeTeller(show) };
}

it('tells what has changed, and nothing twice', () => {
  const { show, teller } = setUp();
  teller.tell(badge);
  teller.tell({ ...badge, recent: [] });
  expect(show.mock.calls).toEqual([[badge]]);
  teller.tell({ ...badge, unread: 4 });
  teller.tell(badge);
  expect(show).toHaveBeenCalledTimes(3);
});

it('tells again what did not arrive, and says that it did not', async () => {
  const { show, teller } = setUp();
  const complaint = vi.spyOn(console, 'warn').mockReturnValue();
  show.mockRejectedValueOnce(new Error('the desktop is away'));
  teller.tell(badge);
  await settle();
  expect(complaint).toHaveBeenCalledTimes(1);
  teller.tell(badge);
  expect(show).toHaveBeenCalledTimes(2);
});
