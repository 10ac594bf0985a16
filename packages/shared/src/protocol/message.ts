import { z } from 'zod';
import { Id, Nonce, Timestamp } from './ids.ts';
import { File, Preview } from './file.ts';
import { isVisible, multiLine, ShownEmoji } from './plain-text.ts';

export const maxMessageLength = 16_000;

/** Markdown of at least one visible character and at most 16,000. */
export const MessageText = multiLine({ min: 1, max: maxMessageLength });

/** The same, or nothing: what may be said beside files. */
export const TextBesideFiles = multiLine({ max: maxMessageLength });

/** Whether there is anything to read or to open: a visible character or a file. */
export function saysSomething({
  text,
  fileIds = [],
}: {
  text: string;
  fileIds?: Id[] | undefined;
}): boolean {
  return fileIds.length > 0 || isVisible(text);
}

/** What is wrong where nothing is said. */
export const emptyText = { error: 'must not be empty', path: ['text'] };

export const Mentions = z
  .object({
    userIds: z.array(Id),
    groupIds: z.array(Id),
    channel: z.boolean(),
    here: z.boolean(),
  })
  .meta({ id: 'Mentions' });
export type Mentions = z.infer<typeof Mentions>;

export const noMentions: Mentions = { userIds: [], groupIds: [], channel: false, here: false };

export const Reaction = z
  .object({ emoji: ShownEmoji, count: z.int().min(1), userIds: z.array(Id) })
  .meta({ id: 'Reaction' });
export type Reaction = z.infer<typeof Reaction>;

/** More different emoji on one message than this are refused. */
export const maxReactionKinds = 50;

export const Message = z
  .object({
    id: Id,
    channelId: Id,
    number: z
      .int()
      .min(1)
      .nullable()
      .meta({ description: 'Place in the channel, without holes; null for a thread-only reply' }),
    authorId: Id,
    kind: z.enum(['text', 'system']),
    text: z.string().meta({ description: 'Markdown; empty once deleted' }),
    nonce: Nonce.optional().meta({ description: 'Shown to the author only' }),
    threadRootId: Id.nullable(),
    threadNumber: z.int().min(1).nullable(),
    replyCount: z.int().min(0),
    lastReplyAt: Timestamp.nullable(),
    replyUserIds: z.array(Id).meta({ description: 'Up to five who replied, latest first' }),
    createdAt: Timestamp,
    editedAt: Timestamp.nullable(),
    deletedAt: Timestamp.nullable(),
    pinnedAt: Timestamp.nullable(),
    pinnedBy: Id.nullable(),
    mentions: Mentions,
    files: z.array(File),
    previews: z.array(Preview),
    reactions: z.array(Reaction),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

/** What a message said before an edit. */
export const Revision = z
  .object({ text: z.string(), editedBy: Id, at: Timestamp })
  .meta({ id: 'Revision' });
export type Revision = z.infer<typeof Revision>;
