import { badge } from '@parley/shared/state/badge.ts';
import type { State } from '@parley/shared/state/state.ts';
import type { CallInput } from '../bridge/bridge.ts';

type Badge = CallInput<'badge.set'>;
const recentInTray = 5;
/** More than this is many, whatever it is. */
const maxCount = 9_999;

/** What one workspace has for the badge. */
export type BadgeShare = {
  counts: { unread: number; mentions: number };
  quietNow: Badge['quiet'];
  isOnline: boolean;
  recent: Badge['recent'];
};

/** How much is unread. A server may say anything: its counts must not make the sum with those of others senseless. */
export function countsOf(state: State | null): BadgeShare['counts'] {
  if (!state) return { unread: 0, mentions: 0 };
  const { unread, mentions } = badge(state);
  return { unread: Math.min(unread, maxCount), mentions: Math.min(mentions, maxCount) };
}

/** What the desktop shows for all workspaces, given in the order in which their conversations are offered. Pure. */
export function sumOf(shares: readonly BadgeShare[]): Badge {
  const [first] = shares;
  return {
    unread: shares.reduce((sum, { counts }) => sum + counts.unread, 0),
    mentions: shares.reduce((sum, { counts }) => sum + counts.mentions, 0),
    connection: shares.some(({ isOnline }) => isOnline) ? 'online' : 'offline',
    // Quiet is said where nothing at all notifies.
    quiet: first && shares.every(({ quietNow }) => quietNow !== null) ? first.quietNow : null,
    recent: shares.flatMap(({ recent }) => recent).slice(0, recentInTray),
  };
}
