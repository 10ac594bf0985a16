import { expect, it } from 'vitest';
import { fileKind, isPicture } from './file-kind.ts';

const octets = 'application/octet-stream';

it('goes by what is in a file before what it is called', () => {
  expect(fileKind({ name: 'holiday.pdf', mediaType: 'image/png' })).toBe('image');
  expect(fileKind({ name: 'Budget.XLSX', mediaType: 'application/zip' })).toBe('sheet');
  expect(fileKind({ name: 'notes', mediaType: 'text/plain' })).toBe('text');
  expect(fileKind({ name: 'scan', mediaType: 'application/pdf' })).toBe('document');
  expect(fileKind({ name: 'backup', mediaType: 'application/zip' })).toBe('archive');
  expect(fileKind({ name: 'a.constructor', mediaType: octets })).toBe('other');
  expect(fileKind({ name: '', mediaType: '' })).toBe('other');
});

const photo = {
  ...{ mediaType: 'image/jpeg', bytes: 3_000_000, width: 4_000, height: 3_000 },
  hasThumbnail: true,
};

it('shows as a picture what Chromium draws, of a size that a page can hold', () => {
  expect(isPicture(photo)).toBe(true);
  for (const mediaType of ['image/png', 'image/gif', 'image/webp', 'image/avif']) {
    expect(isPicture({ ...photo, mediaType }), mediaType).toBe(true);
  }
  // An SVG is a document with scripts of its own.
  for (const mediaType of ['image/svg+xml', 'image/tiff', 'application/pdf', '']) {
    expect(isPicture({ ...photo, mediaType }), mediaType).toBe(false);
  }
  expect(isPicture({ ...photo, hasThumbnail: false })).toBe(false);
  expect(isPicture({ ...photo, width: null })).toBe(false);
  expect(isPicture({ ...photo, width: 100_000, height: 100_000 })).toBe(false);
  expect(isPicture({ ...photo, bytes: 900_000_000 })).toBe(false);
});
