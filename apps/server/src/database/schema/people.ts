import { boolean, integer, jsonb, pgTable, text, index, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Preferences } from '@parley/shared/protocol/preferences.ts';
import type { Role, Status } from '@parley/shared/protocol/user.ts';
import { id, moment } from './columns.ts';

/** One row once the workspace is set up. */
export const workspaces = pgTable('workspaces', {
  id: id().primaryKey(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull(),
  /** The channel that every new member joins. */
  defaultChannelId: id('default_channel_id'),
  /** Whether authors are shown who has read their messages. */
  readReceipts: boolean('read_receipts').notNull().default(false),
});

export const users = pgTable('users', {
  id: id().primaryKey(),
  username: text('username').notNull().unique(),
  displayName: text('display_name').notNull(),
  email: text('email').notNull().unique(),
  passwordHash: text('password_hash').notNull(),
  role: text('role').$type<Role>().notNull(),
  kind: text('kind').$type<'human' | 'bot'>().notNull().default('human'),
  title: text('title').notNull().default(''),
  timezone: text('timezone').notNull().default('UTC'),
  avatarFileId: id('avatar_file_id'),
  status: jsonb('status').$type<Status>(),
  deactivatedAt: moment('deactivated_at'),
  createdAt: moment('created_at').notNull(),
  /** Null until the person changes something. */
  preferences: jsonb('preferences').$type<Preferences>(),
});

export const sessions = pgTable(
  'sessions',
  {
    id: id().primaryKey(),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    deviceName: text('device_name').notNull(),
    devicePlatform: text('device_platform').notNull(),
    createdAt: moment('created_at').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    revokedAt: moment('revoked_at'),
  },
  (table) => [index('sessions_user').on(table.userId)],
);

/** All tokens of one session are a family: only the newest may be used, and only once. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token, in hex; the token itself is nowhere. */
    hash: text('hash').primaryKey(),
    sessionId: id('session_id')
      .notNull()
      .references(() => sessions.id),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
    /** The client's name for the attempt that used it, and what that attempt got. */
    usedByNonce: id('used_by_nonce'),
    successorHash: text('successor_hash'),
  },
  (table) => [index('refresh_tokens_session').on(table.sessionId)],
);

export const invites = pgTable(
  'invites',
  {
    id: id().primaryKey(),
    /** SHA-256 of the code, in hex. */
    codeHash: text('code_hash').notNull(),
    role: text('role').$type<Role>().notNull(),
    maxUses: integer('max_uses').notNull(),
    uses: integer('uses').notNull().default(0),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
    createdBy: id('created_by')
      .notNull()
      .references(() => users.id),
    createdAt: moment('created_at').notNull(),
    channelIds: id('channel_ids').array().notNull(),
  },
  (table) => [uniqueIndex('invites_code_hash').on(table.codeHash)],
);
