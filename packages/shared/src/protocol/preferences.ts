import { z } from 'zod';
import { Timestamp } from './ids.ts';
import { singleLine } from './plain-text.ts';
import { Timezone } from './user.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const ClockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day such as 22:30' });

type MakeObject = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.ZodObject<Shape>;

/** The fields with whichever strictness: an input refuses keys that it does not know, an output may grow. */
function fieldsWith<U extends z.ZodType>(object: MakeObject, timezone: z.ZodString, until: U) {
  // From one time of day to another; `to` at or before `from` means the next morning.
  const span = object({ from: ClockTime, to: ClockTime }).nullable();
  const week = { mon: span, tue: span, wed: span, thu: span, fri: span, sat: span, sun: span };
  return {
    notify: z.enum(['all', 'mentions', 'nothing']),
    keywords: z.array(singleLine({ min: 1, max: 60 })).max(50),
    /** Nothing notifies until then, on any device; null: no such pause. */
    doNotDisturbUntil: until,
    quietHours: object({ enabled: z.boolean(), timezone, week: object(week) }),
    appearance: object({
      theme: z.enum(['system', 'light', 'dark', 'contrast']),
      density: z.enum(['comfortable', 'compact']),
      enterSends: z.boolean(),
    }),
  };
}

/** What a person has chosen, alike on all of their devices. */
export const Preferences = z
  // The log and the clients' caches hold some from before there was a pause.
  .object(fieldsWith(z.object, z.string(), Timestamp.nullable().default(null)))
  .meta({ id: 'Preferences' });
export type Preferences = z.infer<typeof Preferences>;

/** The parts of the preferences that are to be replaced. */
export const PreferencesChange = z
  .strictObject(fieldsWith(z.strictObject, Timezone, Timestamp.nullable()))
  .partial();

const night = { from: '20:00', to: '08:00' };

export const defaultPreferences: Preferences = {
  notify: 'mentions',
  keywords: [],
  doNotDisturbUntil: null,
  quietHours: {
    enabled: false,
    timezone: 'UTC',
    week: { mon: night, tue: night, wed: night, thu: night, fri: night, sat: night, sun: night },
  },
  appearance: { theme: 'system', density: 'comfortable', enterSends: true },
};

/** Preferences as an older version kept them, or none yet, with what was added since. */
export function completed(kept: Partial<Preferences> | null): Preferences {
  return { ...defaultPreferences, ...kept };
}
