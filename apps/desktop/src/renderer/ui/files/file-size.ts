import { locale } from '../locale.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const step = 1_000;

const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, unit: (typeof units)[number], customs: string): string {
  const key = `${customs} ${unit}`;
  let formatter = formats.get(key);
  if (!formatter) {
    formatter = new Intl.NumberFormat(customs, {
      ...{ style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short' },
      maximumFractionDigits: 1,
    });
    formats.set(key, formatter);
  }
  return formatter.format(value);
}

/** `512 bytes`, `1.4 MB`: in thousands, as systems show files, with one digit after the point at most. */
export function fileSize(bytes: number, customs: string = locale): string {
  let value = bytes;
  let at = 0;
  // By what will be read: 999,960 bytes are 1 MB and not 1,000 kB.
  while (at < units.length - 1 && Math.round(value * 10) / 10 >= step) {
    value /= step;
    at += 1;
  }
  return format(value, units[at] ?? 'byte', customs);
}
