import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';
import { ShownEmoji, singleLine } from './plain-text.ts';

export const roles = ['owner', 'admin', 'member', 'guest'] as const;
export const Role = z.enum(roles).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** What stands after `@` for several people, and so is nobody's name. */
const wideMentions = ['channel', 'everyone', 'all', 'here'] as const;

/** 2–32 characters: `a`–`z`, digits, `.`, `-`, `_`; begins and ends with a letter or digit; stored in lower case. */
export const Username = z
  .string()
  .max(32, { error: 'must have at most 32 characters' })
  .overwrite((text) => text.toLowerCase())
  .regex(/^[a-z0-9][a-z0-9._-]{0,30}[a-z0-9]$/, {
    error: 'must have 2 to 32 letters (a–z), digits, dots, dashes or underscores',
  })
  .refine((name) => !wideMentions.some((wide) => wide === name), {
    error: 'is what speaks to several people at once; choose another',
  });

export const DisplayName = singleLine({ min: 1, max: 80 });
export const Email = z
  .string()
  .max(254, { error: 'must have at most 254 characters' })
  .overwrite((text) => text.trim().toLowerCase())
  .pipe(z.email({ error: 'must be an e-mail address' }));
export const Password = z
  .string()
  .min(8, { error: 'must have at least 8 characters' })
  .max(256, { error: 'must have at most 256 characters' });

/** An IANA time zone such as `Europe/Lisbon`. */
export const Timezone = z
  .string()
  .max(64)
  .refine(isTimezone, { error: 'must be an IANA time zone such as Europe/Lisbon' });

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

export const Status = z
  .object({
    emoji: ShownEmoji.nullable(),
    text: singleLine({ max: 100 }),
    expiresAt: Timestamp.nullable(),
  })
  .meta({ id: 'Status' });
export type Status = z.infer<typeof Status>;

export const User = z
  .object({
    id: Id,
    username: z.string(),
    displayName: z.string(),
    email: z.string().optional().meta({ description: 'Shown to admins and to oneself only' }),
    role: Role,
    kind: z.enum(['human', 'bot']),
    title: z.string(),
    timezone: z.string(),
    avatarFileId: Id.nullable(),
    status: Status.nullable(),
    deactivatedAt: Timestamp.nullable(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const presences = ['active', 'away', 'offline'] as const;
export const Presence = z.enum(presences).meta({ id: 'Presence' });
export type Presence = z.infer<typeof Presence>;
