/** How far from now, or until when. */
export type Until =
  'halfHour' | 'hour' | 'twoHours' | 'fourHours' | 'today' | 'tomorrow' | 'monday' | 'week';

const minuteMs = 60_000;
/** The hour of the morning at which another day begins. */
const morning = 8;

/** The moment in RFC 3339 that is meant at `now` (milliseconds since the epoch), by the clock of this device. */
export function momentOf(until: Until, now: number): string {
  const date = new Date(now);
  switch (until) {
    case 'halfHour':
      return after(now, 30);
    case 'hour':
      return after(now, 60);
    case 'twoHours':
      return after(now, 120);
    case 'fourHours':
      return after(now, 240);
    case 'today':
      return onDay(date, 0, 23, 59);
    case 'tomorrow':
      return onDay(date, 1, morning);
    case 'monday':
      // Sunday is 0; on a Monday the next one is meant.
      return onDay(date, (8 - date.getDay()) % 7 || 7, morning);
    case 'week':
      // Weeks end on Sunday, the seventh day.
      return onDay(date, (7 - date.getDay()) % 7, 23, 59);
  }
}

function after(now: number, minutes: number): string {
  return new Date(now + minutes * minuteMs).toISOString();
}

function onDay(date: Date, daysOn: number, hours: number, minutes = 0): string {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate() + daysOn];
  return new Date(year, month, day, hours, minutes).toISOString();
}
