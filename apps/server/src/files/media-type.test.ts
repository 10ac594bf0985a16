import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mediaTypeOf, unknownType } from './media-type.ts';

const bytes = (content: string, encoding: BufferEncoding = 'utf8') =>
  new Uint8Array(Buffer.from(content, encoding));
const png = bytes(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M8AAAMCAQGf3N6fAAAAAElFTkSuQmCC',
  'base64',
);

describe('the type of a file', () => {
  it.each([
    ['a picture', png, 'text/html', 'image/png'],
    ['a PDF', bytes('%PDF-1.7\n%âãÏÓ\n'), 'text/plain', 'application/pdf'],
    [
      'an archive',
      new Uint8Array([0x50, 0x4b, 5, 6, ...Array<number>(18).fill(0)]),
      '',
      'application/zip',
    ],
  ])('is by its content: %s', async (_, content, declared, type) => {
    expect(await mediaTypeOf(content, declared)).toBe(type);
  });

  it.each([
    ['text/plain', 'words, Ünïcode and 🎈'],
    ['text/csv', 'a,b\n1,2'],
    ['application/json', '{"a":1}'],
    ['text/markdown', '# title'],
    ['text/plain', ''],
  ])('is as it is declared, %s, where it is text', async (type, content) => {
    expect(await mediaTypeOf(bytes(content), type)).toBe(type);
    expect(await mediaTypeOf(bytes(content), `${type.toUpperCase()}; charset=utf-8`)).toBe(type);
  });

  it.each([
    ['a page', '<!doctype html><script>1</script>', 'text/html'],
    ['a script', 'alert(1)', 'text/javascript'],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['XML', '<?xml version="1.0"?><a/>', 'application/xml'],
    ['XML that is declared as words', '<?xml version="1.0"?><a/>', 'text/plain'],
    ['bytes', '\u0000\u0001\u0002', 'text/plain'],
    ['nothing declared', 'words', ''],
    ['a type of somebody', 'words', 'application/x-mine'],
    ['two headers', 'words', 'text/plain\r\nx-evil: 1, text/html'],
  ])('is unknown for %s', async (_, content, declared) => {
    expect(await mediaTypeOf(bytes(content), declared)).toBe(unknownType);
  });

  it('is not text where it is no UTF-8, and is where a character is cut at the end', async () => {
    expect(await mediaTypeOf(new Uint8Array([0x61, 0xff, 0x61]), 'text/plain')).toBe(unknownType);
    expect(await mediaTypeOf(bytes('🎈').subarray(0, 3), 'text/plain')).toBe('text/plain');
  });

  it('costs little, whatever the bytes claim', async () => {
    const gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    const bomb = new Uint8Array([...gzip, ...deflateRawSync(Buffer.alloc(50_000_000))]);
    const startedAt = performance.now();
    expect(await mediaTypeOf(bomb, '')).toBe('application/gzip');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
