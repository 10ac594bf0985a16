import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { decode, isBlurhashValid } from 'blurhash';
import { pino } from 'pino';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineImage, thumbnailSide } from './images.ts';

const log = pino({ level: 'silent' });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function examine(content: Uint8Array, mediaType: string) {
  const path = join(folder, 'image');
  await writeFile(path, content);
  return examineImage(path, mediaType, log);
}

const picture = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 60, b: 30, alpha: 0.5 } } });

/** The sides of a WebP, from its first chunk: what is decoded here cannot come from a buffer. */
function sidesOf(webp: Buffer): [number, number] {
  expect(webp.subarray(0, 4).toString()).toBe('RIFF');
  const kind = webp.subarray(12, 16).toString();
  if (kind === 'VP8 ') return [webp.readUInt16LE(26) & 0x3fff, webp.readUInt16LE(28) & 0x3fff];
  return [webp.readUIntLE(24, 3) + 1, webp.readUIntLE(27, 3) + 1];
}

/** A PNG that claims these sides and brings almost nothing. */
function pngOf(width: number, height: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc(1_000));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('an image', () => {
  it.each([
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
    ['gif', 'image/gif'],
    ['avif', 'image/avif'],
  ] as const)('as %s has sides, a blur and a thumbnail in its box', async (format, mediaType) => {
    const facts = await examine(await picture(1_440, 360).toFormat(format).toBuffer(), mediaType);
    expect(facts).toMatchObject({ width: 1_440, height: 360 });
    expect(isBlurhashValid(facts?.blurhash ?? '').result).toBe(true);
    expect(sidesOf(facts?.thumbnail ?? Buffer.alloc(0))).toEqual([thumbnailSide, 180]);
  });

  it('is upright, and says nothing of where it was taken', async () => {
    const content = await picture(1_000, 500)
      .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitude: '52/1 31/1 12/1' } })
      .withMetadata({ orientation: 8 })
      .jpeg()
      .toBuffer();
    expect(content.includes('Exif')).toBe(true);
    const facts = await examine(content, 'image/jpeg');
    expect([facts?.width, facts?.height]).toEqual([500, 1_000]);
    expect(sidesOf(facts?.thumbnail ?? Buffer.alloc(0))).toEqual([360, 720]);
    for (const word of ['EXIF', 'Camera', 'XMP '])
      expect(facts?.thumbnail.includes(word)).toBe(false);
  });

  it('is not made larger, also of one pixel, of grey and with clear parts', async () => {
    const tiny = await examine(await picture(1, 1).png().toBuffer(), 'image/png');
    expect(sidesOf(tiny?.thumbnail ?? Buffer.alloc(0))).toEqual([1, 1]);
    const grey = await examine(await picture(40, 30).greyscale().png().toBuffer(), 'image/png');
    expect(grey?.width).toBe(40);
    const clear = await examine(await picture(40, 30, 4).png().toBuffer(), 'image/png');
    // Half clear on white is lighter than the colour itself.
    const [red = 0, green = 0] = decode(clear?.blurhash ?? '', 1, 1);
    expect([red > 200, green > 100]).toEqual([true, true]);
  });
});

describe('what is no image to decode', () => {
  it('claims to be of billions of pixels', async () => {
    const startedAt = performance.now();
    expect(await examine(pngOf(100_000, 100_000), 'image/png')).toBeNull();
    expect(await examine(pngOf(20_000, 20_000), 'image/png')).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('has more bytes than pictures have', async () => {
    const image = await picture(10, 10).jpeg().toBuffer();
    const padded = Buffer.concat([image, Buffer.alloc(64 * 2 ** 20)]);
    expect(await examine(padded.subarray(0, 64 * 2 ** 20), 'image/jpeg')).toMatchObject({
      width: 10,
    });
    expect(await examine(padded, 'image/jpeg')).toBeNull();
  });

  it('is broken in the middle, or is none at all', async () => {
    const whole = await picture(500, 500).jpeg().toBuffer();
    expect(await examine(whole.subarray(0, whole.length / 2), 'image/jpeg')).toBeNull();
    expect(await examine(Buffer.from('no image'), 'image/png')).toBeNull();
    expect(await examine(Buffer.alloc(0), 'image/gif')).toBeNull();
  });

  it('is a drawing, whatever type it comes with', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>');
    for (const type of ['image/svg+xml', 'image/png', 'image/jpeg']) {
      expect(await examine(svg, type)).toBeNull();
    }
  });

  it('is an animation for its first picture alone', async () => {
    const frames = Buffer.alloc(60 * 20 * 20 * 3, 120);
    const animated = await sharp(frames, {
      raw: { width: 20, height: 1_200, channels: 3, pageHeight: 20 },
    })
      .gif({ delay: Array.from({ length: 60 }, () => 50) })
      .toBuffer();
    expect(await examine(animated, 'image/gif')).toMatchObject({ width: 20, height: 20 });
  });
});
