import { locale } from './locale.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(moment: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  let formatter = formats.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formats.set(key, formatter);
  }
  return formatter.format(moment);
}

/** The local calendar day of a moment, as a sortable key. */
export function dayOf(iso: string): string {
  const date = new Date(iso);
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** `09:41`, or `9:41 AM` where that is the custom. */
export function clockTime(iso: string): string {
  return format(Date.parse(iso), { hour: '2-digit', minute: '2-digit' });
}

/** `Tuesday, 24 November`; with the year when it is not this one. */
export function longDay(iso: string, now: number): string {
  const sameYear = new Date(iso).getFullYear() === new Date(now).getFullYear();
  return format(Date.parse(iso), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** Date and time to the minute, for labels and tooltips. */
export function fullMoment(iso: string): string {
  return format(Date.parse(iso), { dateStyle: 'full', timeStyle: 'short' });
}

/** `24 Nov 2026`. */
export function shortDay(iso: string): string {
  return format(Date.parse(iso), { day: 'numeric', month: 'short', year: 'numeric' });
}

/** Which of the two days before a moment it is, if any: the words come from the catalogue. */
export function nearDay(iso: string, now: number): 'today' | 'yesterday' | null {
  const day = dayOf(iso);
  if (day === dayOf(new Date(now).toISOString())) return 'today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  return day === dayOf(yesterday.toISOString()) ? 'yesterday' : null;
}

const steps: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** `10 minutes ago`, `in 2 hours`, `now`. */
export function relativeTime(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(0, 'second');
}
