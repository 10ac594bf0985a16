import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DataStore, Metadata, Upload } from '@tus/server';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Database } from '../database/client.ts';
import type { FileRow } from '../database/entities/file.ts';
import { assertTakes, beginUpload } from './begin-upload.ts';
import type { FileSettings } from '../config.ts';
import { isDiskFull, type FileFolder } from './folder.ts';
import { assertMetadata, declaredIn } from './metadata.ts';
import { diskFull, fileNotFound } from '../features/files/rules.ts';
import { WriterLease } from './writer-lease.ts';

export type UploadDeps = {
  db: Database;
  folder: FileFolder;
  settings: FileSettings;
  now: () => Date;
  /** So long may nothing come of a body that was begun. */
  stalledMs: number;
  /** What is under way is to end with what has come when the server does; what is returned says that it has ended. */
  enter: (release: () => void) => () => void;
};

/** As much of a request as is not in the calls that come of it. */
export type Asked = {
  userId: Id;
  method: string;
  metadata: string;
  /** Deletes what this person has uploaded for no message yet. Throws `not_found` or `conflict`. */
  terminate: (fileId: Id) => Promise<void>;
};

/**
 * What one request of tus may do with uploads of the person who sent it. The row in Postgres says what an upload is,
 * the file on the disk how far it has come; nothing is kept here that another process would miss.
 */
export class UploadStore extends DataStore {
  readonly #deps: UploadDeps;
  readonly #asked: Asked;
  #lease: WriterLease | null = null;
  #row: FileRow | null = null;
  /** The writing that is under way: the lease is not given back before it has ended. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(deps: UploadDeps, asked: Asked) {
    super();
    this.extensions = ['creation', 'creation-with-upload', 'termination'];
    this.#deps = deps;
    this.#asked = asked;
  }

  /** What makes sure that no other request writes meanwhile. */
  newLock(fileId: Id) {
    const { db, enter } = this.#deps;
    let leave: () => void = () => undefined;
    return {
      lock: async (signal: AbortSignal, requestRelease: () => Promise<void> | void) => {
        const { userId, method } = this.#asked;
        const lease = new WriterLease(db, fileId);
        this.#lease = lease;
        const release = () => void requestRelease();
        // What begins now is known to nobody else; its row comes with the lease.
        if (method === 'POST') lease.began(performance.now(), release);
        else this.#row = await lease.take(userId, signal, release);
        leave = enter(release);
      },
      unlock: async () => {
        try {
          await this.#writing.catch(() => undefined);
          await this.#lease?.end();
        } finally {
          leave();
        }
      },
    };
  }

  override async create(upload: Upload): Promise<Upload> {
    const { db, folder, settings, now } = this.#deps;
    const { userId, metadata } = this.#asked;
    const bytes = upload.size ?? 0;
    assertTakes(settings, bytes);
    assertMetadata(metadata);
    const writer = this.#lease?.token;
    if (writer === undefined) throw new Error('an upload began without its lease');
    const { name } = declaredIn(metadata);
    await beginUpload(
      { db, folder },
      { id: upload.id, userId, bytes, metadata, name, writer },
      now(),
    );
    return upload;
  }

  override async getUpload(fileId: Id): Promise<Upload> {
    const row = this.#row;
    if (row?.id !== fileId) throw fileNotFound();
    const offset = row.completedAt === null ? await this.#deps.folder.sizeOf(fileId) : row.bytes;
    return new Upload({
      id: fileId,
      size: row.bytes,
      offset,
      ...(row.metadata !== '' && { metadata: Metadata.parse(row.metadata) }),
      creation_date: row.createdAt.toISOString(),
    });
  }

  /** Writes as far as bytes come; what was written stays, so that the next request goes on after it. */
  override write(stream: Readable, fileId: Id, offset: number): Promise<number> {
    const writing = this.#write(stream, fileId, offset);
    this.#writing = writing;
    return writing;
  }

  async #write(stream: Readable, fileId: Id, offset: number): Promise<number> {
    if (this.#row?.completedAt) return offset;
    const handle = await this.#deps.folder.openToWrite(fileId);
    try {
      return await this.#writeAll(stream, handle, offset);
    } catch (error) {
      if (isDiskFull(error)) throw diskFull(error);
      throw error;
    } finally {
      await handle.close();
    }
  }

  async #writeAll(stream: Readable, handle: FileHandle, offset: number): Promise<number> {
    const { stalledMs } = this.#deps;
    const stalled = setTimeout(() => stream.destroy(new StalledError()), stalledMs);
    let position = offset;
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        stalled.refresh();
        if (!this.#lease?.isHeld) throw new LeaseLostError();
        await writeChunk(handle, chunk, position);
        position += chunk.length;
      }
    } finally {
      clearTimeout(stalled);
      if (position > offset) await handle.datasync();
    }
    return position;
  }

  override async remove(fileId: Id): Promise<void> {
    await this.#asked.terminate(fileId);
  }
}

async function writeChunk(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

/** Nothing has come for too long. */
class StalledError extends ParleyError {
  constructor() {
    super(
      'unavailable',
      'Nothing has come for too long. Ask how far the upload is, and go on there.',
      {
        reason: 'upload_stalled',
      },
    );
  }
}

/** Another request has taken over, or the database could not be asked whether one has. */
class LeaseLostError extends ParleyError {
  constructor() {
    super(
      'unavailable',
      'Another request writes to this upload. Ask how far it is, and go on there.',
      {
        reason: 'upload_busy',
      },
    );
  }
}
