import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type {
  ManifestSignature,
  UpdateArch,
  UpdateChannel,
  UpdateFile,
  UpdatePlatform,
} from '@parley/shared/updates/manifest.ts';
import { id, moment } from './columns.ts';
import { users } from './people.ts';

/** Versions of the desktop app that have been published, withdrawn ones too. */
export const releases = pgTable(
  'releases',
  {
    id: id().primaryKey(),
    channel: text('channel').$type<UpdateChannel>().notNull(),
    version: text('version').notNull(),
    /** The share of installations that it is offered to, in percent. */
    percentage: integer('percentage').notNull(),
    publishedBy: id('published_by')
      .notNull()
      .references(() => users.id),
    publishedAt: moment('published_at').notNull(),
    /** Of the last command that changed something: publishing, rolling out or withdrawing. */
    changedBy: id('changed_by')
      .notNull()
      .references(() => users.id),
    changedAt: moment('changed_at').notNull(),
    withdrawnAt: moment('withdrawn_at'),
  },
  (table) => [uniqueIndex('releases_channel_version').on(table.channel, table.version)],
);

/** What a release has for each system, as it was signed: what is offered does not change with the disk. */
export const releaseManifests = pgTable(
  'release_manifests',
  {
    releaseId: id('release_id')
      .notNull()
      .references(() => releases.id),
    platform: text('platform').$type<UpdatePlatform>().notNull(),
    arch: text('arch').$type<UpdateArch>().notNull(),
    minimumVersion: text('minimum_version'),
    files: jsonb('files').$type<UpdateFile[]>().notNull(),
    /** The bytes that are signed, in base64. */
    manifest: text('manifest').notNull(),
    signatures: jsonb('signatures').$type<ManifestSignature[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.releaseId, table.platform, table.arch] }),
    // Finds a file by its digest and name.
    index('release_manifests_files').using('gin', table.files.op('jsonb_path_ops')),
  ],
);
