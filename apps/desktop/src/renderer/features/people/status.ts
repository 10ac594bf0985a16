import { momentOf, type Until } from '../../../live/moments.ts';
import { clockTime, nearDay, shortDay } from '../../ui/time.ts';

export type ClearAfter =
  Extract<Until, 'halfHour' | 'hour' | 'fourHours' | 'today' | 'week'> | 'never';

/** When a status that is set now is to be cleared; null: it stays. */
export function expiryOf(after: ClearAfter, now: number): string | null {
  return after === 'never' ? null : momentOf(after, now);
}

/** `14:30` when it is today, else the day. */
export function statusLine(expiresAt: string): string {
  return nearDay(expiresAt, Date.now()) === 'today' ? clockTime(expiresAt) : shortDay(expiresAt);
}
