import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { FileSettings } from '../config.ts';
import type { Database } from '../database/client.ts';
import { Finishing, type FinishingTurns } from './finish-upload.ts';
import { FileFolder, type OpenFile } from './folder.ts';
import { Removal } from './remove-files.ts';
import { UploadStore, type Asked } from './upload-store.ts';

/** At a shutdown, the time for uploads under way to end. */
const leaveWithinMs = 1_000;

export type FileStoreOptions = {
  db: Database;
  settings: FileSettings;
  log: Logger;
  now: () => Date;
  turns: FinishingTurns;
  /** So long may nothing come of a body that was begun. */
  stalledMs: number;
};

/** What people upload: rows in Postgres that say what there is, and bytes in a folder that all processes share. */
export class FileStore {
  readonly #options: FileStoreOptions;
  readonly #folder: FileFolder;
  readonly #finishing: Finishing;
  readonly #removal: Removal;
  /** How the requests that may write are told to end. */
  readonly #underWay = new Set<() => void>();

  constructor(options: FileStoreOptions) {
    const { db, settings, log, now, turns } = options;
    this.#options = options;
    this.#folder = new FileFolder(settings.folder);
    this.#finishing = new Finishing({ db, folder: this.#folder, log, now, turns });
    this.#removal = new Removal({ db, folder: this.#folder }, log);
  }

  /** What one request of tus may do. */
  uploadsFor(asked: Asked): UploadStore {
    const enter = (release: () => void) => {
      this.#underWay.add(release);
      return () => {
        this.#underWay.delete(release);
      };
    };
    return new UploadStore({ ...this.#options, folder: this.#folder, enter }, asked);
  }

  /** Makes the file complete whose bytes are all here; null while some are missing. Throws `not_found`. */
  finish(fileId: Id): Promise<File | null> {
    return this.#finishing.finish(fileId);
  }

  /** Null where its bytes are not there. */
  open(fileId: Id, what: 'whole' | 'thumbnail'): Promise<OpenFile | null> {
    return what === 'whole' ? this.#folder.openToRead(fileId) : this.#folder.openThumbnail(fileId);
  }

  /** Has the bytes of deleted files removed, when the transaction that deletes them is over. */
  removeDeleted(): void {
    this.#removal.soon();
  }

  /** Ends uploads with what has come, so that they go on at once elsewhere, and waits for what is being removed. */
  async close(): Promise<void> {
    for (const release of this.#underWay) release();
    const latest = performance.now() + leaveWithinMs;
    while (this.#underWay.size > 0 && performance.now() < latest) await delay(20);
    await this.#removal.close();
  }
}
