import { z } from 'zod';
import { Id, Nonce } from '../ids.ts';
import { singleLine } from '../plain-text.ts';
import { Device, Session, SignedIn } from '../session.ts';
import { DisplayName, Email, Password, Timezone, User, Username } from '../user.ts';
import type { CommandDefinition } from './definition.ts';

const Nothing = z.object({});

export const accountCommands = {
  'account.register': {
    summary: 'Makes an account, as a rule by an invite',
    permission: 'anyone',
    effect: 'write',
    input: z.strictObject({
      inviteCode: z.string().min(1).max(256).optional(),
      username: Username,
      displayName: DisplayName,
      email: Email,
      password: Password,
      device: Device,
    }),
    output: SignedIn,
  },
  'account.update': {
    summary: "Changes one's own profile",
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({
      displayName: DisplayName.optional(),
      title: singleLine({ max: 100 }).optional(),
      timezone: Timezone.optional(),
      avatarFileId: Id.nullable().optional(),
    }),
    output: z.object({ user: User }),
  },
  'account.changePassword': {
    summary: 'Sets a new password and ends all other sessions',
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({ currentPassword: z.string().min(1).max(256), newPassword: Password }),
    output: Nothing,
  },
  'session.create': {
    summary: 'Signs in with a user name or e-mail address and a password',
    permission: 'anyone',
    effect: 'write',
    input: z.strictObject({
      login: z
        .string()
        .min(1)
        .max(254)
        .refine((text) => !text.includes('\0'), { error: 'must not contain NUL' }),
      password: z.string().min(1).max(256),
      device: Device,
    }),
    output: SignedIn,
  },
  'session.refresh': {
    summary:
      'Swaps a refresh token for a new pair. A used token revokes the session, unless the same attempt (nonce) is repeated because its answer was lost',
    permission: 'anyone',
    effect: 'write',
    input: z.strictObject({
      refreshToken: z.string().min(1).max(256),
      nonce: Nonce.optional(),
    }),
    output: SignedIn,
  },
  'session.list': {
    summary: 'The devices that one is signed in on',
    permission: 'account.own',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ sessions: z.array(Session) }),
  },
  'session.revoke': {
    summary: "Signs out one of one's own devices",
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({ sessionId: Id }),
    output: Nothing,
  },
  'session.revokeOthers': {
    summary: 'Signs out all devices but this one',
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({}),
    output: z.object({ revoked: z.int().min(0) }),
  },
  'session.end': {
    summary: 'Signs out this device',
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({}),
    output: Nothing,
  },
} as const satisfies Record<string, CommandDefinition>;
