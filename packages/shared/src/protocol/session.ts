import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';
import { singleLine } from './plain-text.ts';
import { Role, User } from './user.ts';

/** What a person recognises a signed-in device by. */
export const Device = z
  .strictObject({
    name: singleLine({ min: 1, max: 80 }),
    platform: singleLine({ min: 1, max: 40 }),
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof Device>;

/** One signed-in device. */
export const Session = z
  .object({
    id: Id,
    device: z.object(Device.shape),
    createdAt: Timestamp,
    lastSeenAt: Timestamp,
    current: z.boolean(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

/** What a successful sign-in gives. The refresh token is used once, then replaced. */
export const SignedIn = z
  .object({
    sessionId: Id,
    accessToken: z.string(),
    accessTokenExpiresAt: Timestamp,
    refreshToken: z.string(),
    user: User,
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof SignedIn>;

export const Invite = z
  .object({
    id: Id,
    code: z.string().optional().meta({ description: 'Shown once, when the invite is made' }),
    role: Role,
    maxUses: z.int().min(1),
    uses: z.int().min(0),
    expiresAt: Timestamp,
    revokedAt: Timestamp.nullable(),
    createdBy: Id,
    createdAt: Timestamp,
    channelIds: z.array(Id),
  })
  .meta({ id: 'Invite' });
export type Invite = z.infer<typeof Invite>;
