import { clockTime, nearDay, shortDay } from '../../ui/time.ts';

export type ClearAfter = 'never' | 'halfHour' | 'hour' | 'fourHours' | 'today' | 'week';

/** When a status that is set now is to be cleared; null: it stays. */
export function expiryOf(after: ClearAfter, now: number): string | null {
  const end = new Date(now);
  switch (after) {
    case 'never':
      return null;
    case 'halfHour':
      end.setMinutes(end.getMinutes() + 30);
      break;
    case 'hour':
      end.setHours(end.getHours() + 1);
      break;
    case 'fourHours':
      end.setHours(end.getHours() + 4);
      break;
    case 'today':
      end.setHours(23, 59, 0, 0);
      break;
    case 'week':
      // Weeks end on Sunday, the seventh day.
      end.setDate(end.getDate() + ((7 - end.getDay()) % 7));
      end.setHours(23, 59, 0, 0);
      break;
  }
  return end.toISOString();
}

/** `14:30` when it is today, else the day. */
export function statusLine(expiresAt: string): string {
  return nearDay(expiresAt, Date.now()) === 'today' ? clockTime(expiresAt) : shortDay(expiresAt);
}
