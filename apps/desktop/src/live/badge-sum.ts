import type { CallInput } from '../bridge/bridge.ts';

type Badge = CallInput<'badge.set'>;
const recentInTray = 5;

/** What one workspace has for the badge. */
export type BadgeShare = {
  counts: { unread: number; mentions: number };
  quietNow: Badge['quiet'];
  isOnline: boolean;
  recent: Badge['recent'];
};

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
