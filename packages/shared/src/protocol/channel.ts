import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';
import { singleLine } from './plain-text.ts';

export const ChannelKind = z
  .enum(['public', 'private', 'direct', 'group'])
  .meta({ id: 'ChannelKind' });
export type ChannelKind = z.infer<typeof ChannelKind>;

/** 1–80 characters: letters of any script in lower case, marks, digits, `-`, `_`. */
export const ChannelName = singleLine({ min: 1, max: 80 }).regex(
  /^(?:(?![\p{Lu}\p{Lt}])[\p{L}\p{M}\p{Nd}_-])+$/u,
  { error: 'must be letters in lower case, digits, dashes or underscores' },
);
export const Topic = singleLine({ max: 250 });
export const Purpose = singleLine({ max: 500 });

export const Channel = z
  .object({
    id: Id,
    kind: ChannelKind,
    name: z.string().meta({ description: 'Empty for direct and group conversations' }),
    topic: z.string(),
    purpose: z.string(),
    createdBy: Id,
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    messageCount: z.int().min(0),
    memberCount: z.int().min(0),
    lastMessageAt: Timestamp.nullable(),
    postingPolicy: z.enum(['everyone', 'admins']),
    retentionDays: z.int().min(1).nullable(),
    directUserIds: z
      .array(Id)
      .nullable()
      .meta({ description: 'The people of a direct or group conversation, ordered by id' }),
  })
  .meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;

export const MemberRole = z.enum(['admin', 'member']).meta({ id: 'MemberRole' });
export type MemberRole = z.infer<typeof MemberRole>;

export const NotifyChoice = z
  .enum(['all', 'mentions', 'nothing', 'default'])
  .meta({ id: 'NotifyChoice' });
export type NotifyChoice = z.infer<typeof NotifyChoice>;

/** A person's own place in a channel, with what they alone may know: what is read, muted, starred. */
export const Membership = z
  .object({
    channelId: Id,
    userId: Id,
    role: MemberRole,
    readThrough: z.int().min(0),
    unreadCount: z.int().min(0),
    mentionCount: z.int().min(0),
    notify: NotifyChoice,
    muted: z.boolean(),
    starred: z.boolean(),
    section: z.string().nullable(),
    joinedAt: Timestamp,
  })
  .meta({ id: 'Membership' });
export type Membership = z.infer<typeof Membership>;

/** What everybody in a channel may know of a member. */
export const Member = z
  .object({ userId: Id, role: MemberRole, joinedAt: Timestamp })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;

/** Groups of people above this size are private channels. */
export const maxDirectOthers = 8;
