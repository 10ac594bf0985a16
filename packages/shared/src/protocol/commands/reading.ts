import { z } from 'zod';
import { Membership } from '../channel.ts';
import { Id, MessageNumber } from '../ids.ts';
import { Preferences, PreferencesChange } from '../preferences.ts';
import { ThreadChoice } from '../thread.ts';
import type { CommandDefinition } from './definition.ts';
import { pageLimit } from './people.ts';

const Mark = z.strictObject({ channelId: Id, number: MessageNumber });
const OneMembership = z.object({ membership: Membership });
const Root = z.strictObject({ messageId: Id });
const OneChoice = z.object({ choice: ThreadChoice });
const AllPreferences = z.object({ preferences: Preferences });

export const readingCommands = {
  'read.mark': {
    summary: 'Everything up to this number is read; never goes back',
    permission: 'messages.read',
    effect: 'write',
    input: Mark,
    output: OneMembership,
  },
  'read.markUnread': {
    summary: 'This message and all after it are unread again',
    permission: 'messages.read',
    effect: 'write',
    input: Mark,
    output: OneMembership,
  },
  'message.readers': {
    summary:
      "Who has read one's own message of those who were in the channel when it was posted, in the order of their ids; refused unless the workspace allows it",
    permission: 'messages.read',
    effect: 'read',
    input: z.strictObject({ messageId: Id, after: Id.optional(), limit: pageLimit }),
    output: z.object({
      userIds: z.array(Id),
      total: z.int().min(0).meta({ description: 'How many have read it, on all pages' }),
      outOf: z
        .int()
        .min(0)
        .meta({ description: 'How many could have read it: all but its author' }),
      next: Id.nullable(),
    }),
  },
  'read.markAll': {
    summary: 'Everything everywhere is read',
    permission: 'messages.read',
    effect: 'write',
    input: z.strictObject({}),
    output: z.object({ memberships: z.array(Membership) }),
  },
  'thread.markRead': {
    summary: 'The replies of a thread up to this thread number are read; never goes back',
    permission: 'messages.read',
    effect: 'write',
    input: z.strictObject({ messageId: Id, number: MessageNumber }),
    output: z.object({ readThrough: z.int().min(0) }),
  },
  'thread.follow': {
    summary:
      'Replies of the thread that this message began notify, as if one had part in it; other devices hear of the choice by `thread.updated`',
    permission: 'messages.read',
    effect: 'write',
    input: Root,
    output: OneChoice,
  },
  'thread.unfollow': {
    summary: 'Replies of the thread notify no more, but for those that mention one by name',
    permission: 'messages.read',
    effect: 'write',
    input: Root,
    output: OneChoice,
  },
  'typing.start': {
    summary: 'Tells the others in the conversation that one is typing; lasts a few seconds',
    permission: 'messages.write',
    effect: 'signal',
    input: z.strictObject({ channelId: Id, threadRootId: Id.optional() }),
    output: z.object({}),
  },
  'preferences.get': {
    summary: "One's preferences",
    permission: 'account.own',
    effect: 'read',
    input: z.strictObject({}),
    output: AllPreferences,
  },
  'preferences.set': {
    summary: 'Replaces the given parts of the preferences',
    permission: 'account.own',
    effect: 'write',
    input: PreferencesChange,
    output: AllPreferences,
  },
} as const satisfies Record<string, CommandDefinition>;
