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
      return endOf(date, 0);
    case 'tomorrow':
      return morningOf(date, 1);
    case 'monday':
      // Sunday is 0; on a Monday the next one is meant.
      return morningOf(date, (8 - date.getDay()) % 7 || 7);
    case 'week':
      // Weeks end on Sunday, the seventh day.
      return endOf(date, (7 - date.getDay()) % 7);
  }
}

function after(now: number, minutes: number): string {
  return new Date(now + minutes * minuteMs).toISOString();
}

function morningOf(date: Date, daysOn: number): string {
  return new Date(
    date.getFullYear(),
    date.getMonth(),
    date.getDate() + daysOn,
    morning,
  ).toISOString();
}

function endOf(date: Date, daysOn: number): string {
  return new Date(
    date.getFullYear(),
    date.getMonth(),
    date.getDate() + daysOn,
    23,
    59,
  ).toISOString();
}
