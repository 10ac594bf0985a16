/** A file as the client takes it. */
export type NamedBlob = { name: string; blob: Blob };

/** What somebody gave: what can be attached, and whether there were folders in it, which cannot. */
export type Given = { files: NamedBlob[]; hasFolders: boolean };

/** What is read of a clipboard or of what is dropped; the browser's own has more. */
export type Transfer = {
  readonly types: readonly string[];
  readonly files: ArrayLike<File>;
  readonly items: ArrayLike<{
    readonly kind: string;
    getAsFile(): File | null;
    webkitGetAsEntry(): { readonly isDirectory: boolean } | null;
  }>;
  getData(format: string): string;
};

/** Whether there are files in what is dragged; which, only its drop tells. */
export function holdsFiles(transfer: Pick<Transfer, 'types'> | null): boolean {
  return transfer?.types.includes('Files') === true;
}

const named = (file: File): NamedBlob => ({ name: file.name, blob: file });

/** What was dropped. Has to be asked within the event: a moment later the browser has forgotten it. */
export function dropped(transfer: Transfer): Given {
  const files: NamedBlob[] = [];
  let hasFolders = false;
  for (const item of Array.from(transfer.items)) {
    if (item.kind !== 'file') continue;
    // A folder looks like a file of some bytes that cannot be read.
    if (item.webkitGetAsEntry()?.isDirectory === true) hasFolders = true;
    else {
      const file = item.getAsFile();
      if (file) files.push(named(file));
    }
  }
  return { files, hasFolders };
}

/** What browsers call an image that was copied itself, and not as a file. */
const bitmapName = 'image.png';

/**
 * The files that were pasted. Some programs lay a picture of what was copied beside its words, such as cells of a table:
 * then the words are meant. `nameOf` makes the name of an image that has none.
 */
export function pasted(transfer: Transfer, nameOf: () => string): Given {
  const all = Array.from(transfer.files);
  const isBitmap = (file: File) => file.name === bitmapName && file.type === 'image/png';
  const hasWords = transfer.getData('text/plain').trim() !== '';
  if (all.length === 0 || (hasWords && all.every(isBitmap))) {
    return { files: [], hasFolders: false };
  }
  const given = dropped(transfer);
  const files = given.files.map(({ name, blob }) =>
    blob instanceof File && isBitmap(blob) ? { name: `${nameOf()}.png`, blob } : { name, blob },
  );
  return { files, hasFolders: given.hasFolders };
}
