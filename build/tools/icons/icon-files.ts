/** A square picture as a PNG. */
export type Drawn = { size: number; png: Buffer };

const icoHeaderBytes = 6;
const icoEntryBytes = 16;

/**
 * The pictures as one file for Windows: a table, then the PNGs, which Windows takes as they are since Vista
 * (https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10)). Sizes up to 256.
 */
export function icoOf(pictures: readonly Drawn[]): Buffer {
  const header = Buffer.alloc(icoHeaderBytes);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = icoHeaderBytes + icoEntryBytes * pictures.length;
  const entries = pictures.map(({ size, png }) => {
    if (size > 256) throw new RangeError(`${size} is too large for an ICO file`);
    const entry = Buffer.alloc(icoEntryBytes);
    // 0 stands for 256.
    entry.writeUInt8(size % 256, 0);
    entry.writeUInt8(size % 256, 1);
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    entry.writeUInt32LE(png.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += png.length;
    return entry;
  });
  return Buffer.concat([header, ...entries, ...pictures.map(({ png }) => png)]);
}

/** What macOS calls each picture: by its size, and whether it is one of half that size on a dense screen. */
const icnsTypes: [type: string, size: number][] = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
];
export const icnsSizes = [...new Set(icnsTypes.map(([, size]) => size))];

/**
 * The pictures as one file for macOS: blocks of a type, a length and a PNG
 * (https://en.wikipedia.org/wiki/Apple_Icon_Image_format). Throws where a size is missing.
 */
export function icnsOf(pictures: readonly Drawn[]): Buffer {
  const block = (type: string, content: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(head.length + content.length, 4);
    return Buffer.concat([head, content]);
  };
  const blocks = icnsTypes.map(([type, size]) => {
    const drawn = pictures.find((each) => each.size === size);
    if (!drawn) throw new RangeError(`there is no picture of ${size}`);
    return block(type, drawn.png);
  });
  return block('icns', Buffer.concat(blocks));
}
