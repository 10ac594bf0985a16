import { z } from 'zod';
import { singleLine } from './plain-text.ts';
import { Timezone } from './user.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const ClockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day such as 22:30' });

/** From one time of day to another; `to` at or before `from` means the next morning. */
export const QuietSpan = z.strictObject({ from: ClockTime, to: ClockTime }).nullable();

export const QuietHours = z.strictObject({
  enabled: z.boolean(),
  timezone: Timezone,
  week: z.strictObject({
    mon: QuietSpan,
    tue: QuietSpan,
    wed: QuietSpan,
    thu: QuietSpan,
    fri: QuietSpan,
    sat: QuietSpan,
    sun: QuietSpan,
  }),
});

/** What a person has chosen, alike on all of their devices. */
export const Preferences = z
  .strictObject({
    notify: z.enum(['all', 'mentions', 'nothing']),
    keywords: z.array(singleLine({ min: 1, max: 60 })).max(50),
    quietHours: QuietHours,
    appearance: z.strictObject({
      theme: z.enum(['system', 'light', 'dark', 'contrast']),
      density: z.enum(['comfortable', 'compact']),
      enterSends: z.boolean(),
    }),
  })
  .meta({ id: 'Preferences' });
export type Preferences = z.infer<typeof Preferences>;

const night = { from: '20:00', to: '08:00' };

export const defaultPreferences: Preferences = {
  notify: 'mentions',
  keywords: [],
  quietHours: {
    enabled: false,
    timezone: 'UTC',
    week: { mon: night, tue: night, wed: night, thu: night, fri: night, sat: night, sun: night },
  },
  appearance: { theme: 'system', density: 'comfortable', enterSends: true },
};
