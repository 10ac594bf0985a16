import { z } from 'zod';
import { Id, Timestamp } from '../ids.ts';
import { Emoji, singleLine } from '../plain-text.ts';
import { Invite } from '../session.ts';
import { Presence, Role, User } from '../user.ts';
import type { CommandDefinition } from './definition.ts';

const Nothing = z.object({});
const OneUser = z.object({ user: User });
const UserId = z.strictObject({ userId: Id });

export const pageLimit = z.int().min(1).max(200).default(100);

export const peopleCommands = {
  'user.list': {
    summary:
      'People in the order of their ids; guests see those whom they share a conversation with',
    permission: 'workspace.read',
    effect: 'read',
    input: z.strictObject({ after: Id.optional(), limit: pageLimit }),
    output: z.object({ users: z.array(User), next: Id.nullable() }),
  },
  'user.get': {
    summary: 'One person',
    permission: 'workspace.read',
    effect: 'read',
    input: UserId,
    output: OneUser,
  },
  'user.setRole': {
    summary: 'Changes what a person may do; only owners make or unmake owners and admins',
    permission: 'people.manage',
    effect: 'write',
    input: z.strictObject({ userId: Id, role: Role }),
    output: OneUser,
  },
  'user.deactivate': {
    summary: 'Ends all sessions of a person and keeps them from signing in',
    permission: 'people.manage',
    effect: 'write',
    input: UserId,
    output: OneUser,
  },
  'user.reactivate': {
    summary: 'Lets a deactivated person sign in again',
    permission: 'people.manage',
    effect: 'write',
    input: UserId,
    output: OneUser,
  },
  'status.set': {
    summary: "Says what one is up to, until a time or until it's cleared",
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({
      emoji: Emoji.nullable().default(null),
      text: singleLine({ max: 100 }).default(''),
      expiresAt: Timestamp.nullable().default(null),
    }),
    output: OneUser,
  },
  'status.clear': {
    summary: "Clears one's status",
    permission: 'account.own',
    effect: 'write',
    input: z.strictObject({}),
    output: OneUser,
  },
  'presence.set': {
    summary: 'Tells whether the person is at this device; counts for this connection only',
    permission: 'account.own',
    effect: 'signal',
    input: z.strictObject({ presence: z.enum(['active', 'away']) }),
    output: Nothing,
  },
  'presence.watch': {
    summary: 'The presence of these people now, and on this connection its changes from now on',
    permission: 'workspace.read',
    effect: 'signal',
    input: z.strictObject({ userIds: z.array(Id).max(500) }),
    output: z.object({ presences: z.array(z.object({ userId: Id, presence: Presence })) }),
  },
  'invite.create': {
    summary: 'Makes an invite; its code is shown this once',
    permission: 'invites.manage',
    effect: 'write',
    input: z.strictObject({
      role: z.enum(['admin', 'member', 'guest']),
      maxUses: z.int().min(1).max(10_000),
      expiresAt: Timestamp,
      channelIds: z.array(Id).max(50).optional(),
    }),
    output: z.object({ invite: Invite }),
  },
  'invite.list': {
    summary: 'Invites, latest first',
    permission: 'invites.manage',
    effect: 'read',
    input: z.strictObject({ after: Id.optional(), limit: pageLimit }),
    output: z.object({ invites: z.array(Invite), next: Id.nullable() }),
  },
  'invite.revoke': {
    summary: 'Makes an invite useless',
    permission: 'invites.manage',
    effect: 'write',
    input: z.strictObject({ inviteId: Id }),
    output: z.object({ invite: Invite }),
  },
} as const satisfies Record<string, CommandDefinition>;
