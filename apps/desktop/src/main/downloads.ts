import { existsSync, mkdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Event } from 'electron';
import { rendererOrigin } from './app-protocol.ts';

/** Only what the page has fetched itself, and made an address of its own for. */
const ownBytes = `blob:${rendererOrigin}/`;
/** A folder's limit is 255 of them, and a number may have to follow. */
const maxNameBytes = 200;
/** What no file may be called on Windows, whatever its ending (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const reserved = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
/** Separators, what systems give a meaning of their own, and what turns a name around or is not seen. */
const unfit = /[<>:"/\\|?*\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const nameless = 'file';

/** What of a download is used; Electron's has more. */
export type DownloadItem = {
  getURL(): string;
  getFilename(): string;
  setSavePath(path: string): void;
  once(event: 'done', listener: (event: unknown, state: string) => void): unknown;
};

export type DownloadsOptions = {
  session: {
    on(
      event: 'will-download',
      listener: (event: Pick<Event, 'preventDefault'>, item: DownloadItem) => void,
    ): unknown;
  };
  folder: () => string;
  showInFolder: (path: string) => void;
  onEnded: (ended: { name: string; isSaved: boolean }) => void;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** A name to save a file under on any system: a server may have let anything through. */
export function fitName(name: string): string {
  const shown = basename(name.replace(unfit, '_').normalize('NFC'))
    // Windows drops these at the end, and a point at the start hides a file.
    .replace(/[. ]+$/u, '')
    .replace(/^[. ]+/u, '');
  const end = extname(shown).slice(0, 20);
  let stem = shown.slice(0, shown.length - end.length);
  while (Buffer.byteLength(stem + end) > maxNameBytes) {
    stem = Array.from(stem).slice(0, -1).join('');
  }
  const fit = stem + end;
  if (fit === '') return nameless;
  return reserved.test(fit) ? `_${fit}` : fit;
}

/** The first of `name.txt`, `name (1).txt`, … that is not taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  const end = extname(name);
  const stem = name.slice(0, name.length - end.length);
  let free = name;
  for (let count = 1; isTaken(free); count += 1) free = `${stem} (${count})${end}`;
  return free;
}

/**
 * What the person downloads goes to their folder for downloads, under a name of its own, and is never opened by itself.
 * Nothing else is downloaded: a page could only be told to by a server.
 */
export class Downloads {
  readonly #options: DownloadsOptions;
  /** Where files are being written: they are not there at first. */
  readonly #underWay = new Set<string>();
  #last: string | null = null;

  constructor(options: DownloadsOptions) {
    this.#options = options;
    options.session.on('will-download', (event, item) => {
      if (!item.getURL().startsWith(ownBytes) || !this.#take(item)) event.preventDefault();
    });
  }

  /** Shows the file that was saved last, in the system's own window. */
  reveal(): void {
    if (this.#last !== null) this.#options.showInFolder(this.#last);
  }

  /** Says where the bytes go. False: they can go nowhere. */
  #take(item: DownloadItem): boolean {
    const { folder, onEnded, onTrouble } = this.#options;
    const wanted = fitName(item.getFilename());
    let place: string;
    try {
      place = folder();
      mkdirSync(place, { recursive: true });
    } catch (error) {
      onTrouble('there is no folder for downloads', error);
      onEnded({ name: wanted, isSaved: false });
      return false;
    }
    const isTaken = (name: string) => {
      const path = join(place, name);
      return existsSync(path) || this.#underWay.has(path);
    };
    const name = freeName(wanted, isTaken);
    const path = join(place, name);
    this.#underWay.add(path);
    item.setSavePath(path);
    item.once('done', (_event, state) => {
      this.#underWay.delete(path);
      const isSaved = state === 'completed';
      if (isSaved) this.#last = path;
      onEnded({ name, isSaved });
    });
    return true;
  }
}
