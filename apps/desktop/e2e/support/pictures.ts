import { crc32, deflateSync } from 'node:zlib';

/** A file as a page's chooser takes it. */
export type GivenFile = { name: string; mimeType: string; buffer: Buffer };

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG of this size (https://www.w3.org/TR/png-3/), whose colours run from one corner to the other. */
export function pictureOf(name: string, width: number, height: number, hue = 0): GivenFile {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue.
  head.set([8, 2, 0, 0, 0], 8);
  const line = 1 + width * 3;
  const pixels = Buffer.alloc(line * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [right, down] = [x / width, y / height];
      const at = y * line + 1 + x * 3;
      pixels[at] = 60 + 150 * right;
      pixels[at + 1] = 70 + 120 * (hue % 2 === 0 ? down : 1 - right);
      pixels[at + 2] = 90 + 140 * Math.abs(Math.sin(hue + down * 2));
    }
  }
  const buffer = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name, mimeType: 'image/png', buffer };
}

/** Bytes of no known kind, never twice the same next to each other, so that a lost piece shows. */
export function bytesOf(name: string, length: number): GivenFile {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4)
    buffer.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  return { name, mimeType: 'application/octet-stream', buffer };
}
