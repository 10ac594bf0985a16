import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import { channels } from './channels.ts';
import { id, moment } from './columns.ts';
import { users } from './people.ts';

export const messages = pgTable(
  'messages',
  {
    id: id().primaryKey(),
    channelId: id('channel_id')
      .notNull()
      .references(() => channels.id),
    number: bigint('number', { mode: 'number' }),
    authorId: id('author_id')
      .notNull()
      .references(() => users.id),
    kind: text('kind').$type<Message['kind']>().notNull(),
    text: text('text').notNull(),
    /** As they were posted, so that who reads messages need not look for their files. */
    files: jsonb('files').$type<File[]>().notNull().default([]),
    nonce: id('nonce').notNull(),
    /** SHA-256 of what was asked for with the nonce, so that other content under the same nonce is seen. */
    requestHash: text('request_hash').notNull(),
    /** Where the log has this message's posting. */
    postedPosition: bigint('posted_position', { mode: 'number' }).notNull(),
    threadRootId: id('thread_root_id'),
    threadNumber: bigint('thread_number', { mode: 'number' }),
    replyCount: integer('reply_count').notNull().default(0),
    /** Replies ever made, deleted ones too: what the next one is numbered after. */
    threadCount: bigint('thread_count', { mode: 'number' }).notNull().default(0),
    lastReplyAt: moment('last_reply_at'),
    replyUserIds: id('reply_user_ids').array().notNull(),
    createdAt: moment('created_at').notNull(),
    editedAt: moment('edited_at'),
    deletedAt: moment('deleted_at'),
    pinnedAt: moment('pinned_at'),
    pinnedBy: id('pinned_by'),
    mentionUserIds: id('mention_user_ids').array().notNull(),
    mentionGroupIds: id('mention_group_ids').array().notNull(),
    mentionsChannel: boolean('mentions_channel').notNull(),
    mentionsHere: boolean('mentions_here').notNull(),
  },
  (table) => [
    uniqueIndex('messages_channel_number').on(table.channelId, table.number),
    uniqueIndex('messages_author_nonce').on(table.authorId, table.nonce),
    uniqueIndex('messages_thread_number')
      .on(table.threadRootId, table.threadNumber)
      .where(sql`${table.threadRootId} is not null`),
    // The few messages that the counts of a reader have to look at; for the others numbers tell enough.
    index('messages_not_counted')
      .on(table.channelId, table.number)
      .where(
        sql`${table.number} is not null and (${table.deletedAt} is not null or ${table.kind} <> 'text')`,
      ),
    index('messages_to_everybody')
      .on(table.channelId, table.number, table.authorId)
      .where(
        sql`${table.number} is not null and (${table.mentionsChannel} or ${table.mentionsHere})`,
      ),
  ],
);

/** Who is mentioned by name in a channel's timeline, unless the message addresses everybody or is their own. */
export const mentions = pgTable(
  'mentions',
  {
    userId: id('user_id').notNull(),
    channelId: id('channel_id').notNull(),
    number: bigint('number', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.channelId, table.number] })],
);

export const revisions = pgTable(
  'revisions',
  {
    id: id().primaryKey(),
    messageId: id('message_id')
      .notNull()
      .references(() => messages.id),
    text: text('text').notNull(),
    editedBy: id('edited_by').notNull(),
    at: moment('at').notNull(),
  },
  (table) => [index('revisions_message').on(table.messageId, table.id)],
);

export const reactions = pgTable(
  'reactions',
  {
    messageId: id('message_id')
      .notNull()
      .references(() => messages.id),
    emoji: text('emoji').notNull(),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.messageId, table.emoji, table.userId] })],
);

export const threadReads = pgTable(
  'thread_reads',
  {
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    rootId: id('root_id')
      .notNull()
      .references(() => messages.id),
    readThrough: bigint('read_through', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.rootId] })],
);
