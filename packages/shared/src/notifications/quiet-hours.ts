import { weekdays, type Preferences, type Weekday } from '../protocol/preferences.ts';

type QuietHours = Preferences['quietHours'];

const dayMinutes = 24 * 60;

/**
 * Whether a moment lies within the quiet hours, by the clock of their time zone. Each weekday has its own span,
 * which begins on that day and may reach into the next morning.
 */
export function isQuiet(quietHours: QuietHours, at: Date): boolean {
  if (!quietHours.enabled) return false;
  const { weekday, minute } = localTime(at, quietHours.timezone);
  const today = weekdays[weekday];
  const yesterday = weekdays[(weekday + 6) % 7];
  return (
    (today !== undefined && covers(quietHours, today, minute)) ||
    (yesterday !== undefined && covers(quietHours, yesterday, minute + dayMinutes))
  );
}

/** Whether a day's span covers a minute, counted from that day's midnight. */
function covers({ week }: QuietHours, day: Weekday, minute: number): boolean {
  const span = week[day];
  if (!span) return false;
  const from = minutesOf(span.from);
  const to = minutesOf(span.to);
  return minute >= from && minute < (to > from ? to : to + dayMinutes);
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known) return known;
  const options = {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: timezone });
  } catch {
    // A zone that the server knows and this older runtime does not: the device's own is the best guess.
    format = new Intl.DateTimeFormat('en-GB', options);
  }
  formats.set(timezone, format);
  return format;
}

function localTime(at: Date, timezone: string): { weekday: number; minute: number } {
  const parts = new Map(
    formatFor(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const name = (parts.get('weekday') ?? '').slice(0, 3).toLowerCase();
  const weekday = weekdays.findIndex((day) => day === name);
  return { weekday, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}
