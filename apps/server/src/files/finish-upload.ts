import { and, eq, isNull } from 'drizzle-orm';
import type { Logger } from 'pino';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Database } from '../database/client.ts';
import { findFile, toFile, type FileRow } from '../database/entities/file.ts';
import { files } from '../database/schema.ts';
import type { FileFolder } from './folder.ts';
import { examineImage } from './images.ts';
import { mediaTypeOf, sniffedBytes } from './media-type.ts';
import { declaredIn } from './metadata.ts';
import { fileNotFound } from '../features/files/rules.ts';

/** Has a few files looked at at a time: an image that is decoded takes memory and a core. */
export type FinishingTurns = { run<T>(party: Id, task: () => Promise<T>): Promise<T> };

type Deps = {
  db: Database;
  folder: FileFolder;
  log: Logger;
  now: () => Date;
  turns: FinishingTurns;
};

/**
 * Makes files complete whose bytes are all here: finds out what each is and writes that down. It can be done again and
 * by any process, so that one which ended in between leaves nothing undone.
 */
export class Finishing {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Resolves to the file, now or before complete; null while bytes are missing. Throws `not_found`. */
  async finish(fileId: Id): Promise<File | null> {
    const { db, folder, turns } = this.#deps;
    const row = await findFile(db, fileId);
    if (!row) throw fileNotFound();
    if (row.completedAt !== null) return toFile(row);
    if ((await folder.sizeOf(fileId)) !== row.bytes) return null;
    return turns.run(row.uploadedBy, () => this.#complete(row));
  }

  async #complete(row: FileRow): Promise<File> {
    const { db, folder, log, now } = this.#deps;
    const { id } = row;
    await keepOnDisk(folder, id);
    const mediaType = await mediaTypeOf(
      await beginningOf(folder, id),
      declaredIn(row.metadata).mediaType,
    );
    const image = await examineImage(folder.pathOf(id), mediaType, log);
    if (image) await folder.writeThumbnail(id, image.thumbnail);
    const { width = null, height = null, blurhash = null } = image ?? {};
    const facts = { mediaType, width, height, blurhash, hasThumbnail: image !== null };
    const [done] = await db
      .update(files)
      .set({ ...facts, completedAt: now() })
      .where(and(eq(files.id, id), isNull(files.completedAt), isNull(files.deletedAt)))
      .returning();
    if (done) return toFile(done);
    // Another request was faster, or it was deleted meanwhile.
    const other = await findFile(db, id);
    if (!other) throw fileNotFound();
    return toFile(other);
  }
}

/** All that was written, also by a process that ended before it could say so; a file of no bytes is made here. */
async function keepOnDisk(folder: FileFolder, fileId: Id): Promise<void> {
  const handle = await folder.openToWrite(fileId);
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function beginningOf(folder: FileFolder, fileId: Id): Promise<Uint8Array> {
  const opened = await folder.openToRead(fileId);
  if (!opened) throw new ParleyError('unavailable', 'The file could not be read. Try again.');
  const { handle, size } = opened;
  try {
    const beginning = new Uint8Array(Math.min(size, sniffedBytes));
    const { bytesRead } = await handle.read(beginning, 0, beginning.length, 0);
    return beginning.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
