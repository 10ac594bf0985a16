import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Database } from '../database/client.ts';
import type { FileRow } from '../database/entities/file.ts';
import { findFile } from '../database/entities/file.ts';
import { files } from '../database/schema.ts';
import { fileNotFound } from '../features/files/rules.ts';

/** So long a writer that has died keeps others out. */
export const leaseSeconds = 10;
/** How often a writer says that it lives, and hears that it is unwanted. */
const renewEveryMs = 1_000;
/** Nothing is written in the last moments of a lease: the clocks of database and process differ in their pace. */
const marginMs = 2_000;
const askEveryMs = 100;

/**
 * The right to write to an upload, of one request at a time, whichever process serves it: a row of Postgres says whose
 * it is, and until when. Who wants it while another has it asks for it; the other then ends, since the same person
 * begins again only where a connection broke. Who died loses it by time.
 */
export class WriterLease {
  readonly token: Id = randomUUID();
  readonly #db: Database;
  readonly #fileId: Id;
  #heldUntil = -Infinity;
  #renewing: NodeJS.Timeout | undefined;

  constructor(db: Database, fileId: Id) {
    this.#db = db;
    this.#fileId = fileId;
  }

  /** Whether bytes may be written at this moment. */
  get isHeld(): boolean {
    return performance.now() < this.#heldUntil;
  }

  /**
   * Takes the lease of an upload of this person; a file that is complete needs none. `release` is called when
   * somebody else asks for it, or when it is lost. Throws `not_found`, or `unavailable` where the other does not end.
   */
  async take(userId: Id, signal: AbortSignal, release: () => void): Promise<FileRow> {
    const giveUpAt = performance.now() + (leaseSeconds + 5) * 1_000;
    for (;;) {
      const startedAt = performance.now();
      const [taken] = await this.#db
        .update(files)
        .set({ writer: this.token, writerUntil: this.#end(), writerIsUnwanted: false })
        .where(
          and(
            eq(files.id, this.#fileId),
            eq(files.uploadedBy, userId),
            isNull(files.deletedAt),
            isNull(files.completedAt),
            sql`(${files.writer} is null or ${files.writerUntil} < now())`,
          ),
        )
        .returning();
      if (taken) {
        this.began(startedAt, release);
        return taken;
      }
      const row = await findFile(this.#db, this.#fileId);
      if (row?.uploadedBy !== userId) throw fileNotFound();
      if (row.completedAt !== null) return row;
      if (signal.aborted || performance.now() > giveUpAt) {
        throw new ParleyError('unavailable', 'This upload is still being written to. Try again.', {
          reason: 'upload_busy',
          retryAfterMs: 1_000,
        });
      }
      await this.#db
        .update(files)
        .set({ writerIsUnwanted: true })
        .where(and(eq(files.id, this.#fileId), eq(files.writer, row.writer ?? this.token)));
      await delay(askEveryMs);
    }
  }

  /** The lease is there since this moment, and is renewed from now on. */
  began(startedAt: number, release: () => void): void {
    this.#heldUntil = startedAt + leaseSeconds * 1_000 - marginMs;
    this.#renewing = setInterval(() => {
      this.#renew(release).catch(release);
    }, renewEveryMs);
  }

  async #renew(release: () => void): Promise<void> {
    const startedAt = performance.now();
    const [row] = await this.#db
      .update(files)
      .set({ writerUntil: this.#end() })
      .where(and(eq(files.id, this.#fileId), eq(files.writer, this.token), isNull(files.deletedAt)))
      .returning({ isUnwanted: files.writerIsUnwanted });
    if (row && !row.isUnwanted) this.#heldUntil = startedAt + leaseSeconds * 1_000 - marginMs;
    else release();
  }

  /** Gives it back. Nothing may be written any more. */
  async end(): Promise<void> {
    clearInterval(this.#renewing);
    this.#heldUntil = -Infinity;
    await this.#db
      .update(files)
      .set({ writer: null, writerUntil: sql`now()` })
      .where(and(eq(files.id, this.#fileId), eq(files.writer, this.token)));
  }

  #end() {
    return sql`now() + ${leaseSeconds} * interval '1 second'`;
  }
}
