import { bigint, boolean, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { channels } from './channels.ts';
import { id } from './columns.ts';
import { messages } from './messages.ts';
import { users } from './people.ts';

/** Which threads people follow, or do not, by their own choice. */
export const threadChoices = pgTable(
  'thread_choices',
  {
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    rootId: id('root_id')
      .notNull()
      .references(() => messages.id),
    channelId: id('channel_id')
      .notNull()
      .references(() => channels.id),
    following: boolean('following').notNull(),
    /** Where the log has the choice: the oldest goes where there are too many. */
    position: bigint('position', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.rootId] })],
);
