import { largestFileBytes } from '../../config.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { toFile, type FileRow } from '../../database/entities/file.ts';

/** Files of one person that no message has: more, or more bytes in them, are refused. */
export const maxUnsent = 200;
export const maxUnsentBytes = largestFileBytes;

/** An upload of which nothing has come for so long is given up. */
export const unfinishedKeptMs = 24 * 3600 * 1000;
/** A file that neither a message nor a draft has is kept for so long. */
export const unusedKeptMs = 7 * 24 * 3600 * 1000;

/** So much of the disk is left free: the database may be on it too. */
export const bytesLeftFree = 512 * 2 ** 20;

/** Also what somebody is told who may not know of it. */
export function fileNotFound(): ParleyError {
  return new ParleyError('not_found', 'There is no such file.');
}

/** What the uploader is told where there is no room for what they send. */
export function diskFull(cause?: unknown): ParleyError {
  const message =
    'The server has no room for this file. Tell those who run it, and try again later.';
  return new ParleyError('unavailable', message, {
    reason: 'storage_full',
    retryAfterMs: 60_000,
    cause,
  });
}

/** What somebody is told who gives up an upload that they have sent. */
export function alreadySent(): ParleyError {
  return new ParleyError('conflict', 'A message has this file. Delete it with file.delete.', {
    reason: 'file_attached',
  });
}

/**
 * The files that this person names for a message or a draft, in their order: their own, complete, and of no message
 * yet. Throws what is wrong with the first that is not so.
 */
export function takeAlong(userId: Id, fileIds: Id[], known: ReadonlyMap<Id, FileRow>): File[] {
  return fileIds.map((fileId) => {
    const row = known.get(fileId);
    if (row?.uploadedBy !== userId || row.deletedAt !== null) {
      throw new ParleyError('not_found', 'fileIds: you have uploaded no such file.', {
        reason: 'no_such_file',
      });
    }
    if (row.messageId !== null) {
      const message = 'fileIds: a message has this file already. Upload it again.';
      throw new ParleyError('conflict', message, { reason: 'file_attached' });
    }
    if (row.completedAt === null) {
      throw new ParleyError('conflict', 'fileIds: the upload is not complete. Finish it first.', {
        reason: 'upload_incomplete',
      });
    }
    return toFile(row);
  });
}
