import { stat } from 'node:fs/promises';
import { encode } from 'blurhash';
import type { Logger } from 'pino';
import sharp from 'sharp';

/** The longer side of a thumbnail, in pixels. */
export const thumbnailSide = 720;
/** More pixels than these are not decoded: a few bytes can claim to be billions. */
const maxPixels = 100_000_000;
/** Some formats are read into memory before anything is known of them. */
const maxImageBytes = 64 * 2 ** 20;
const decodedWithinSeconds = 10;
/** Sides of what the blurred image is made from. */
const blurredSide = 32;

/** What is decoded. Vector graphics never are: they may load what is elsewhere. */
const decoded = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']);

sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadHeifFile',
  ],
});

/** What is known of an image, as it is shown upright. */
export type ImageFacts = {
  width: number;
  height: number;
  blurhash: string;
  /** A WebP without any metadata: what the camera wrote of the place goes to nobody who only looks. */
  thumbnail: Buffer;
};

/** Looks at an image on the disk; null where it is none, is broken, or would cost too much to decode. */
export async function examineImage(
  path: string,
  mediaType: string,
  log: Logger,
): Promise<ImageFacts | null> {
  if (!decoded.has(mediaType) || (await stat(path)).size > maxImageBytes) return null;
  try {
    return await decode(path);
  } catch (error) {
    // Whatever is wrong with it, it can still be downloaded as any file.
    log.info({ err: error, mediaType }, 'an image was not decoded');
    return null;
  }
}

async function decode(path: string): Promise<ImageFacts> {
  // One page: the first picture of an animation stands for all of it.
  const image = sharp(path, { limitInputPixels: maxPixels, failOn: 'error', pages: 1 });
  const { autoOrient } = await image.metadata();
  const small = await image
    .autoOrient()
    .resize(thumbnailSide, thumbnailSide, { fit: 'inside', withoutEnlargement: true })
    .timeout({ seconds: decodedWithinSeconds })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: small.info.width, height: small.info.height, channels: small.info.channels };
  const thumbnail = await sharp(small.data, { raw }).webp({ quality: 80 }).toBuffer();
  const blurred = await sharp(small.data, { raw })
    .flatten({ background: '#ffffff' })
    .resize(blurredSide, blurredSide, { fit: 'inside' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = blurred.info;
  const pixels = new Uint8ClampedArray(blurred.data);
  const isWide = width >= height;
  const blurhash = encode(pixels, width, height, isWide ? 4 : 3, isWide ? 3 : 4);
  return { width: autoOrient.width, height: autoOrient.height, blurhash, thumbnail };
}
