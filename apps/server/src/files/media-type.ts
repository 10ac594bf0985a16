import { fileTypeFromBuffer } from 'file-type';

/** So much of a file is looked at to tell what it is. */
export const sniffedBytes = 1024 * 1024;
export const unknownType = 'application/octet-stream';

/** What a browser could carry out as a page or a script, whatever it is called; nobody is told that it is that. */
const active = /xml|html|script|wasm|x-shockwave|xpinstall|apple-webarchive|mhtml|multipart/i;

/** What files of text alone may be declared as: it says what is written in them and starts nothing. */
const harmlessTexts = new Set([
  'text/plain',
  'text/csv',
  'text/markdown',
  'text/tab-separated-values',
  'text/calendar',
  'text/vcard',
  'application/json',
  'application/yaml',
  'application/toml',
]);

/** The media type by what the file begins with; what its uploader says counts for text alone. */
export async function mediaTypeOf(beginning: Uint8Array, declared: string): Promise<string> {
  const found = await fileTypeFromBuffer(beginning);
  if (found) return active.test(found.mime) ? unknownType : found.mime;
  const type = declared.toLowerCase().replace(/;.*$/s, '').trim();
  return harmlessTexts.has(type) && isText(beginning) ? type : unknownType;
}

/** Whether these bytes are UTF-8 without controls but those of layout; the last character may be cut. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.some(isControl)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    // Not UTF-8, which is all that was asked.
    return false;
  }
}

/** In UTF-8 a byte below 32 is never a part of another character. Tabs, ends of lines and escapes are of texts. */
function isControl(byte: number): boolean {
  const isLayout = byte >= 9 && byte <= 13;
  return byte < 32 && !isLayout && byte !== 27;
}
