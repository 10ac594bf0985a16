import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Database } from '../database/client.ts';
import { files } from '../database/schema.ts';
import type { FileFolder } from './folder.ts';

type Where = { db: Database; folder: FileFolder };

/** Files that are taken from the disk between two looks at the database. */
const atATime = 100;
/** The transaction that deletes them is over by then; where it is not, the next time does. */
const soonMs = 500;

/**
 * Takes the bytes of deleted files from the disk. First they are gone, then the row says so: whatever ends in between
 * is done again. Returns how many files it were.
 */
export async function removeDeletedFiles({ db, folder }: Where): Promise<number> {
  let removed = 0;
  for (;;) {
    const some = await db
      .select({ id: files.id })
      .from(files)
      .where(
        and(
          // By the index of those that are deleted, few and for a day.
          gt(files.deletedAt, new Date(0)),
          isNull(files.removedAt),
          // Who still writes hears of it within a second.
          sql`(${files.writer} is null or ${files.writerUntil} < now())`,
        ),
      )
      .orderBy(files.deletedAt)
      .limit(atATime);
    for (const { id } of some) {
      await folder.remove(id);
      await db
        .update(files)
        .set({ removedAt: sql`now()` })
        .where(eq(files.id, id));
    }
    removed += some.length;
    if (some.length < atATime) return removed;
  }
}

/** Has the bytes of deleted files removed soon, once for all that are deleted meanwhile. */
export class Removal {
  readonly #where: Where;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(where: Where, log: Logger) {
    this.#where = where;
    this.#log = log;
  }

  soon(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#running = this.#remove();
      },
      soonMs * (1 + Math.random()),
    );
    this.#timer.unref();
  }

  /** Waits for what is under way; what was to come, the job that prunes does. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #remove(): Promise<void> {
    try {
      await removeDeletedFiles(this.#where);
    } catch (error) {
      this.#log.warn({ err: error }, 'the bytes of deleted files could not be removed');
    }
  }
}
