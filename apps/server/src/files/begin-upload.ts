import { and, count, eq, isNull, sql, sum } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { FileSettings } from '../config.ts';
import type { Database } from '../database/client.ts';
import { files } from '../database/schema.ts';
import type { FileFolder } from './folder.ts';
import { leaseSeconds } from './writer-lease.ts';
import { unknownType } from './media-type.ts';
import { fileNameFrom } from './names.ts';
import { bytesLeftFree, diskFull, maxUnsent, maxUnsentBytes } from '../features/files/rules.ts';

/** An upload as its program declares it. */
export type Declared = {
  id: Id;
  userId: Id;
  bytes: number;
  /** As it was sent, and what it says of the name. */
  metadata: string;
  name: string;
  /** The request that may write to it first. */
  writer: Id;
};

/** Throws where the server takes no file of this size. */
export function assertTakes({ maxBytes }: FileSettings, bytes: number): void {
  if (maxBytes === 0) {
    throw new ParleyError('forbidden', 'This server takes no files.', { reason: 'no_files' });
  }
  if (bytes <= maxBytes) return;
  throw new ParleyError('too_large', `A file may have at most ${maxBytes} bytes here.`, {
    reason: 'file_too_large',
  });
}

/**
 * Writes down an upload that begins, so that a row is there before its first byte is. Throws where the person has too
 * much that was not sent, or the disk too little room.
 */
export async function beginUpload(
  { db, folder }: { db: Database; folder: FileFolder },
  declared: Declared,
  now: Date,
): Promise<void> {
  const { id, userId, bytes, metadata, name, writer } = declared;
  if ((await folder.freeBytes()) - bytes < bytesLeftFree) throw diskFull();
  await db.transaction(async (tx) => {
    // Two that begin at once are counted one after the other.
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`uploads ${userId}`}, 0))`,
    );
    const [unsent] = await tx
      .select({ files: count(), bytes: sum(files.bytes).mapWith(Number) })
      .from(files)
      .where(and(eq(files.uploadedBy, userId), isNull(files.messageId), isNull(files.deletedAt)));
    if ((unsent?.files ?? 0) >= maxUnsent) {
      throw tooMuch(`${maxUnsent} files`, 'too_many_uploads');
    }
    if ((unsent?.bytes ?? 0) + bytes > maxUnsentBytes) {
      throw tooMuch(`${maxUnsentBytes / 2 ** 30} GiB`, 'too_many_bytes');
    }
    await tx.insert(files).values({
      ...{ id, uploadedBy: userId, bytes, metadata, name: fileNameFrom(name) },
      ...{ mediaType: unknownType, createdAt: now, writer },
      writerUntil: sql`now() + ${leaseSeconds} * interval '1 second'`,
    });
  });
}

function tooMuch(most: string, reason: string): ParleyError {
  const message = `You have uploaded ${most} that no message has. Send or delete some of them first.`;
  return new ParleyError('conflict', message, { reason });
}
