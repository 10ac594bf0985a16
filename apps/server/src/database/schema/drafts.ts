import { bigint, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { File } from '@parley/shared/protocol/file.ts';
import { channels } from './channels.ts';
import { id, moment } from './columns.ts';
import { users } from './people.ts';

/** What people have begun to write in conversations that they are in. */
export const drafts = pgTable(
  'drafts',
  {
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    channelId: id('channel_id')
      .notNull()
      .references(() => channels.id),
    /** The root of the thread that it is in; the channel itself where it is in none. */
    placeId: id('place_id').notNull(),
    text: text('text').notNull(),
    /** As they were uploaded; a file that is deleted is taken out. */
    files: jsonb('files').$type<File[]>().notNull().default([]),
    /** Where the log has the change that made it so. */
    version: bigint('version', { mode: 'number' }).notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.placeId] })],
);
