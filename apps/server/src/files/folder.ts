import {
  constants,
  mkdir,
  open,
  opendir,
  rename,
  rm,
  stat,
  statfs,
  type FileHandle,
} from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Id } from '@parley/shared/protocol/ids.ts';

const thumbnailEnding = '.webp';
/** For the server's account alone, files and folders. */
const fileMode = 0o600;
const folderMode = 0o700;

/** A file that is being read; whoever gets it closes it. `size` in bytes. */
export type OpenFile = { handle: FileHandle; size: number };

/** What lies in the folder: an uploaded file, its thumbnail, or one of these that was not finished. */
export type Entry = { fileId: Id; path: string; isPart: boolean };

/**
 * Where the bytes of uploaded files are. Each lies under its id, which nobody but the server makes up, in one of 256
 * folders by the end of the id, which is random: no folder grows too large.
 */
export class FileFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  pathOf(fileId: Id): string {
    // Whatever else came here would be a path.
    const name = Id.parse(fileId);
    return join(this.#root, name.slice(-2), name);
  }

  thumbnailPathOf(fileId: Id): string {
    return this.pathOf(fileId) + thumbnailEnding;
  }

  /** How many bytes of it are on the disk. */
  async sizeOf(fileId: Id): Promise<number> {
    try {
      return (await stat(this.pathOf(fileId))).size;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  }

  /** Opens a file to be written on, and makes it where it is not there. */
  async openToWrite(fileId: Id): Promise<FileHandle> {
    const path = this.pathOf(fileId);
    await mkdir(dirname(path), { recursive: true, mode: folderMode });
    return open(path, constants.O_WRONLY | constants.O_CREAT, fileMode);
  }

  /** Null where it is not there. */
  openToRead(fileId: Id): Promise<OpenFile | null> {
    return opened(this.pathOf(fileId));
  }

  openThumbnail(fileId: Id): Promise<OpenFile | null> {
    return opened(this.thumbnailPathOf(fileId));
  }

  /** Keeps a thumbnail, whole or not at all. */
  async writeThumbnail(fileId: Id, content: Uint8Array): Promise<void> {
    const path = this.thumbnailPathOf(fileId);
    const part = `${path}.${randomUUID()}`;
    const handle = await open(part, 'wx', fileMode);
    try {
      await handle.writeFile(content);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  }

  /** Takes the file and its thumbnail away; harmless where they are gone. */
  async remove(fileId: Id): Promise<void> {
    await rm(this.pathOf(fileId), { force: true });
    await rm(this.thumbnailPathOf(fileId), { force: true });
  }

  /** Everything that lies there, folder by folder. What Parley has not put there is left out. */
  async *entries(): AsyncGenerator<Entry[]> {
    for (let shard = 0; shard < 256; shard += 1) {
      const folder = join(this.#root, shard.toString(16).padStart(2, '0'));
      yield* entriesOf(folder);
    }
  }

  /** Bytes that may still be written on its disk. */
  async freeBytes(): Promise<number> {
    await mkdir(this.#root, { recursive: true, mode: folderMode });
    const { bavail, bsize } = await statfs(this.#root);
    return bavail * bsize;
  }
}

/** Entries that are looked at together. */
const entriesAtATime = 500;

async function* entriesOf(folder: string): AsyncGenerator<Entry[]> {
  let some: Entry[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      const fileId = Id.safeParse(name.slice(0, 36));
      if (!fileId.success) continue;
      const rest = name.slice(36);
      const isPart = rest !== '' && rest !== thumbnailEnding;
      some.push({ fileId: fileId.data, path: join(folder, name), isPart });
      if (some.length < entriesAtATime) continue;
      yield some;
      some = [];
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  if (some.length > 0) yield some;
}

async function opened(path: string): Promise<OpenFile | null> {
  try {
    const handle = await open(path);
    return { handle, size: (await handle.stat()).size };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

/** Whether the disk has no room for what was to be written. */
export function isDiskFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
