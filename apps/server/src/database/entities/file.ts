import { and, eq, isNull } from 'drizzle-orm';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../client.ts';
import { files } from '../schema.ts';
import { timestamp } from './moments.ts';

export type FileRow = typeof files.$inferSelect;

/** The file as people see it, once it is complete. */
export function toFile(row: FileRow): File {
  return {
    id: row.id,
    name: row.name,
    mediaType: row.mediaType,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    blurhash: row.blurhash,
    hasThumbnail: row.hasThumbnail,
    uploadedBy: row.uploadedBy,
    createdAt: timestamp(row.createdAt),
  };
}

/** The row of a file that was not deleted, complete or not. */
export async function findFile(queryable: Queryable, fileId: Id): Promise<FileRow | null> {
  const [row] = await queryable
    .select()
    .from(files)
    .where(and(eq(files.id, fileId), isNull(files.deletedAt)));
  return row ?? null;
}
