import { expect, it } from 'vitest';
import { sumOf, type BadgeShare } from './badge-sum.ts';

const calm: BadgeShare = {
  counts: { unread: 0, mentions: 0 },
  quietNow: null,
  isOnline: true,
  recent: [],
};
const place = (n: number) => ({
  server: 'https://a.example',
  channelId: `channel-${n}`,
  title: `#${n}`,
});

it('adds up what is unread everywhere', () => {
  const some = { ...calm, counts: { unread: 3, mentions: 1 } };
  expect(sumOf([some, some, calm])).toMatchObject({ unread: 6, mentions: 2 });
  expect(sumOf([])).toEqual({
    ...{ unread: 0, mentions: 0, connection: 'offline', quiet: null, recent: [] },
  });
});

it('is offline only where none is online, and quiet only where none notifies', () => {
  const away = { ...calm, isOnline: false };
  const quiet: BadgeShare = { ...calm, quietNow: 'quiet_hours' };
  expect(sumOf([away, calm]).connection).toBe('online');
  expect(sumOf([away, away]).connection).toBe('offline');
  expect(sumOf([quiet, calm]).quiet).toBeNull();
  expect(sumOf([quiet, quiet]).quiet).toBe('quiet_hours');
});

it('offers five conversations, those of the first workspace first', () => {
  const shares = [
    { ...calm, recent: [place(1), place(2), place(3)] },
    { ...calm, recent: [place(4), place(5), place(6)] },
  ];
  expect(sumOf(shares).recent.map(({ title }) => title)).toEqual(['#1', '#2', '#3', '#4', '#5']);
});
