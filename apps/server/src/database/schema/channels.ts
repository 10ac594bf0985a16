import {
  bigint,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type {
  Channel,
  ChannelKind,
  MemberRole,
  NotifyChoice,
} from '@parley/shared/protocol/channel.ts';
import { id, moment } from './columns.ts';
import { users } from './people.ts';

export const channels = pgTable(
  'channels',
  {
    id: id().primaryKey(),
    kind: text('kind').$type<ChannelKind>().notNull(),
    name: text('name').notNull(),
    /** What makes a name unique without regard to case; null for direct and group conversations. */
    nameKey: text('name_key'),
    topic: text('topic').notNull(),
    purpose: text('purpose').notNull(),
    createdBy: id('created_by')
      .notNull()
      .references(() => users.id),
    createdAt: moment('created_at').notNull(),
    archivedAt: moment('archived_at'),
    messageCount: bigint('message_count', { mode: 'number' }).notNull().default(0),
    memberCount: integer('member_count').notNull().default(0),
    lastMessageAt: moment('last_message_at'),
    postingPolicy: text('posting_policy').$type<Channel['postingPolicy']>().notNull(),
    retentionDays: integer('retention_days'),
    /** The people of a direct or group conversation in the order of their ids, and the same joined by commas. */
    directUserIds: id('direct_user_ids').array(),
    directKey: text('direct_key'),
  },
  (table) => [
    uniqueIndex('channels_name_key').on(table.nameKey),
    uniqueIndex('channels_direct_key').on(table.directKey),
    index('channels_kind').on(table.kind, table.id),
  ],
);

export const memberships = pgTable(
  'memberships',
  {
    channelId: id('channel_id')
      .notNull()
      .references(() => channels.id),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    role: text('role').$type<MemberRole>().notNull(),
    readThrough: bigint('read_through', { mode: 'number' }).notNull(),
    /**
     * The furthest `readThrough` that marking as unread went back from. Posting reads through one's own message,
     * so beyond both this and `readThrough` the person has written nothing.
     */
    setBackFrom: bigint('set_back_from', { mode: 'number' }).notNull().default(0),
    notify: text('notify').$type<NotifyChoice>().notNull().default('default'),
    muted: boolean('muted').notNull().default(false),
    starred: boolean('starred').notNull().default(false),
    section: text('section'),
    joinedAt: moment('joined_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.channelId, table.userId] }),
    index('memberships_user').on(table.userId, table.channelId),
  ],
);
