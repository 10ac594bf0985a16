import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { channels } from './channels.ts';
import { id, moment } from './columns.ts';
import { users } from './people.ts';

/** What people have uploaded or are uploading; the bytes are on the disk, under the same id. */
export const files = pgTable(
  'files',
  {
    id: id().primaryKey(),
    uploadedBy: id('uploaded_by')
      .notNull()
      .references(() => users.id),
    name: text('name').notNull(),
    /** As the uploader's program declared it when it began: `Upload-Metadata` of tus. */
    metadata: text('metadata').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** Says nothing until the file is complete, nor do those of images. */
    mediaType: text('media_type').notNull(),
    width: integer('width'),
    height: integer('height'),
    blurhash: text('blurhash'),
    hasThumbnail: boolean('has_thumbnail').notNull().default(false),
    createdAt: moment('created_at').notNull(),
    /** Null while bytes are missing. */
    completedAt: moment('completed_at'),
    /** Who may write to it at the moment, and until when; the latter stays as the time of the last attempt. */
    writer: id('writer'),
    writerUntil: moment('writer_until').notNull(),
    /** Somebody waits for the writer to end. */
    writerIsUnwanted: boolean('writer_is_unwanted').notNull().default(false),
    /** The message that has it, where that is, and its place among the files of that. */
    messageId: id('message_id'),
    channelId: id('channel_id').references(() => channels.id),
    place: integer('place'),
    /** From then on nobody is given it. */
    deletedAt: moment('deleted_at'),
    /** When its bytes were gone from the disk too. */
    removedAt: moment('removed_at'),
  },
  (table) => [
    index('files_unsent')
      .on(table.uploadedBy)
      .where(sql`${table.messageId} is null and ${table.deletedAt} is null`),
    index('files_channel').on(table.channelId, table.messageId, table.place),
    index('files_deleted')
      .on(table.deletedAt)
      .where(sql`${table.deletedAt} is not null`),
  ],
);
