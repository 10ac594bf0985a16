import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { icnsOf, icnsSizes, icoOf } from './icon-files.ts';

const folder = new URL('../../desktop/icons/', import.meta.url);
const pngSignature = '89504e470d0a1a0a';
const drawn = (size: number) => ({
  size,
  png: Buffer.from(`${pngSignature}${'00'.repeat(size)}`, 'hex'),
});

/** The sizes that a PNG says it has. */
function sizeOf(png: Buffer): [number, number] {
  expect(png.subarray(0, 8).toString('hex')).toBe(pngSignature);
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

it('an ICO says where each picture lies', () => {
  const ico = icoOf([drawn(16), drawn(256)]);
  expect(ico.readUInt16LE(4)).toBe(2);
  for (const [index, size] of [16, 256].entries()) {
    const at = 6 + index * 16;
    expect(ico.readUInt8(at)).toBe(size % 256);
    const [bytes, offset] = [ico.readUInt32LE(at + 8), ico.readUInt32LE(at + 12)];
    expect(ico.subarray(offset, offset + bytes)).toEqual(drawn(size).png);
  }
  expect(() => icoOf([drawn(512)])).toThrow('512');
});

it('an ICNS is made of blocks that fill it', () => {
  const icns = icnsOf(icnsSizes.map(drawn));
  expect(icns.toString('latin1', 0, 4)).toBe('icns');
  expect(icns.readUInt32BE(4)).toBe(icns.length);
  let at = 8;
  let blocks = 0;
  while (at < icns.length) {
    at += icns.readUInt32BE(at + 4);
    blocks += 1;
  }
  expect([at, blocks]).toEqual([icns.length, 10]);
  expect(() => icnsOf([drawn(16)])).toThrow('32');
});

it('the icons of the product are there in every size', async () => {
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) {
    const png = await readFile(new URL(`linux/${size}x${size}.png`, folder));
    expect(sizeOf(png)).toEqual([size, size]);
  }
  const ico = await readFile(new URL('icon.ico', folder));
  expect(ico.readUInt16LE(4)).toBe(7);
  const icns = await readFile(new URL('icon.icns', folder));
  expect(icns.readUInt32BE(4)).toBe(icns.length);
});
