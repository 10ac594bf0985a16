import { expect, it } from 'vitest';
import { manifestOf } from '../../test/manifests.ts';
import {
  Manifest,
  maxManifestBytes,
  SignatureFile,
  TrustedKeys,
  UpdateOffer,
  type UpdateFile,
} from './manifest.ts';

const file: UpdateFile = {
  name: 'Parley-1.4.0-mac-universal.zip',
  kind: 'zip',
  size: 1,
  sha512: 'ab'.repeat(64),
};
const files = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...file, name: `${index}.zip` }));
const signature = { keyId: '0123456789abcdef', signature: `${'A'.repeat(86)}==` };
const key = { keyId: '0123456789abcdef', publicKey: `${'A'.repeat(43)}=` };

it('takes manifests as releases have them', () => {
  expect(Manifest.parse(manifestOf())).toEqual(manifestOf());
  expect(Manifest.parse(manifestOf({ notes: '', files: files(16) })).files).toHaveLength(16);
  expect(Manifest.parse(manifestOf({ minimumVersion: '1.4.0' })).minimumVersion).toBe('1.4.0');
});

it('the longest manifest that the schema takes is no longer than a reader reads', () => {
  const long = manifestOf({
    // What JSON writes longest, for each character that counts one.
    notes: '\u0001'.repeat(20_000),
    files: files(16).map((each, index) => ({
      ...each,
      name: `${index + 10}${'n'.repeat(198)}`,
      size: 4_294_967_296,
    })),
  });
  const written = JSON.stringify(Manifest.parse(long), null, 2);
  expect(Buffer.byteLength(written)).toBeLessThanOrEqual(maxManifestBytes);
});

it.each([
  ['another app', { product: 'com.example.other' }],
  ['another format', { format: 2 }],
  ['an unknown channel', { channel: 'nightly' }],
  ['no version', { version: 'latest' }],
  ['an unknown system', { platform: 'freebsd' }],
  ['an unknown processor', { arch: 'ia32' }],
  ['no files', { files: [] }],
  ['too many files', { files: files(17) }],
  ['one name twice', { files: [file, file] }],
  ['a name that is a path', { files: [{ ...file, name: '../Parley.zip' }] }],
  ['a name that is a Windows path', { files: [{ ...file, name: 'a\\b.zip' }] }],
  ['a hidden name', { files: [{ ...file, name: '.zip' }] }],
  ['a name that is too long', { files: [{ ...file, name: 'a'.repeat(201) }] }],
  ['an unknown kind', { files: [{ ...file, kind: 'exe' }] }],
  ['an empty file', { files: [{ ...file, size: 0 }] }],
  ['a file of half a byte', { files: [{ ...file, size: 0.5 }] }],
  ['a file that is too large', { files: [{ ...file, size: 4_294_967_297 }] }],
  ['a digest in capitals', { files: [{ ...file, sha512: 'AB'.repeat(64) }] }],
  ['a short digest', { files: [{ ...file, sha512: 'ab'.repeat(32) }] }],
  ['notes that are too long', { notes: 'a'.repeat(20_001) }],
  ['notes with NUL', { notes: 'a\0b' }],
  ['a minimum above itself', { minimumVersion: '1.4.1' }],
  ['no minimum', { minimumVersion: undefined }],
  ['a day as its time', { releasedAt: '2026-11-28' }],
])('refuses %s', (_, changes) => {
  expect(Manifest.safeParse({ ...manifestOf(), ...changes }).success).toBe(false);
});

it('bounds signatures, keys and offers', () => {
  const signatures = Array.from({ length: 5 }, () => signature);
  expect(SignatureFile.safeParse({ signatures: signatures.slice(1) }).success).toBe(true);
  expect(SignatureFile.safeParse({ signatures }).success).toBe(false);
  expect(SignatureFile.safeParse({ signatures: [] }).success).toBe(false);
  const short = { ...signature, signature: 'AAAA' };
  expect(SignatureFile.safeParse({ signatures: [short] }).success).toBe(false);
  const capital = { ...signature, keyId: '0123456789ABCDEF' };
  expect(SignatureFile.safeParse({ signatures: [capital] }).success).toBe(false);

  expect(TrustedKeys.parse([])).toEqual([]);
  expect(TrustedKeys.safeParse([{ ...key, publicKey: 'AAAA' }]).success).toBe(false);
  expect(TrustedKeys.safeParse(Array.from({ length: 9 }, () => key)).success).toBe(false);

  expect(UpdateOffer.safeParse({ manifest: 'e30=', signatures: [signature] }).success).toBe(true);
  expect(UpdateOffer.safeParse({ manifest: '{}', signatures: [signature] }).success).toBe(false);
  const endless = 'A'.repeat(349_532);
  expect(UpdateOffer.safeParse({ manifest: endless, signatures: [signature] }).success).toBe(false);
});
