import { createHash, webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manifestOf, newSigningKey } from '../../test/manifests.ts';
import type { ManifestSignature, TrustedKey } from './manifest.ts';
import { maxManifestBytes } from './manifest.ts';
import { mustUpdate, readManifest, refuseOffer, trustedKey, verifyManifest } from './verify.ts';

const { subtle } = webcrypto;
const [key, second, stranger] = await Promise.all([
  newSigningKey(),
  newSigningKey(),
  newSigningKey(),
]);

const bytesOf = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));
const verify = (
  bytes: Uint8Array<ArrayBuffer>,
  signatures: ManifestSignature[],
  trusted: TrustedKey[] = [key],
) => verifyManifest(bytes, signatures, trusted, subtle);

it('takes what a trusted key has signed, with whatever spaces it was written', async () => {
  const manifest = manifestOf({ notes: 'Grüße, 世界 🚀' });
  const spaced = new Uint8Array(Buffer.from(JSON.stringify(manifest, null, 2)));
  expect(await verify(spaced, [key.sign(spaced)])).toEqual({ manifest });
});

it('takes what a newer version added, and drops it', async () => {
  const manifest = manifestOf();
  const bytes = bytesOf({ ...manifest, mirror: 'https://elsewhere.example' });
  expect(await verify(bytes, [key.sign(bytes)])).toEqual({ manifest });
});

it('names a key by the first 16 hex characters of the SHA-256 of its bytes', async () => {
  const raw = Buffer.from(key.publicKey, 'base64');
  const keyId = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  expect(await trustedKey(key.publicKey, subtle)).toEqual({ keyId, publicKey: key.publicKey });
});

it('a release signed by two keys is taken by who trusts either', async () => {
  const bytes = bytesOf(manifestOf());
  const signatures = [key.sign(bytes), second.sign(bytes)];
  for (const trusted of [[key], [second], [key, second]]) {
    expect(await verify(bytes, signatures, trusted)).toEqual({ manifest: manifestOf() });
  }
  expect(await verify(bytes, signatures, [stranger])).toEqual({ refusal: 'wrong_signature' });
  expect(await verify(bytes, signatures, [])).toEqual({ refusal: 'wrong_signature' });
});

it("refuses a stranger's signature under the name of a trusted key", async () => {
  const bytes = bytesOf(manifestOf());
  const forged = { ...stranger.sign(bytes), keyId: key.keyId };
  expect(await verify(bytes, [forged])).toEqual({ refusal: 'wrong_signature' });
  expect(await verify(bytes, [])).toEqual({ refusal: 'wrong_signature' });
  expect(await verify(bytes, [forged, key.sign(bytes)])).toEqual({ manifest: manifestOf() });
});

it('refuses every change of a single bit, in the manifest and in its signature', async () => {
  const bytes = bytesOf(manifestOf());
  const signed = key.sign(bytes);
  const signature = Buffer.from(signed.signature, 'base64');
  const flip = (all: Uint8Array, index: number, bit: number) => {
    const changed = new Uint8Array(all);
    changed[index] = (changed[index] ?? 0) ^ (1 << bit);
    return changed;
  };
  const bit = fc.nat(7);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), bit, async (index, at) => {
      expect(await verify(flip(bytes, index, at), [signed])).toEqual({
        refusal: 'wrong_signature',
      });
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(63), bit, async (index, at) => {
      const changed = Buffer.from(flip(signature, index, at)).toString('base64');
      expect(await verify(bytes, [{ keyId: key.keyId, signature: changed }])).toEqual({
        refusal: 'wrong_signature',
      });
    }),
  );
});

it('refuses another app, a format of the future and what is no manifest, though signed', async () => {
  const refusal = async (bytes: Uint8Array<ArrayBuffer>) =>
    (await verify(bytes, [key.sign(bytes)])).refusal;
  expect(await refusal(bytesOf({ ...manifestOf(), product: 'com.example.other' }))).toBe(
    'other_app',
  );
  expect(await refusal(bytesOf({ ...manifestOf(), format: 2 }))).toBe('malformed');
  expect(await refusal(bytesOf(manifestOf({ files: [] })))).toBe('malformed');
  expect(await refusal(bytesOf(manifestOf()).slice(0, -1))).toBe('malformed');
  expect(await refusal(new Uint8Array([0xff, 0xfe]))).toBe('malformed');
  expect(await refusal(new Uint8Array(maxManifestBytes + 1).fill(0x20))).toBe('malformed');
});

it('reads a manifest without believing anybody', () => {
  expect(readManifest(bytesOf(manifestOf()))).toEqual({ manifest: manifestOf() });
  expect(readManifest(bytesOf([]))).toEqual({ refusal: 'malformed' });
});

const installed = { channel: 'stable', platform: 'linux', arch: 'x64', version: '1.3.9' } as const;

it('offers what is newer, for this system, from a channel that is followed', () => {
  expect(refuseOffer(manifestOf(), installed)).toBeNull();
  expect(refuseOffer(manifestOf(), { ...installed, channel: 'beta' })).toBeNull();
  const beta = manifestOf({ channel: 'beta' });
  expect(refuseOffer(beta, { ...installed, channel: 'beta' })).toBeNull();
  expect(refuseOffer(beta, installed)).toBe('other_channel');
  expect(refuseOffer(manifestOf(), { ...installed, version: '1.4.0' })).toBe('not_newer');
  expect(refuseOffer(manifestOf(), { ...installed, version: '1.5.0-beta.1' })).toBe('not_newer');
  expect(refuseOffer(manifestOf(), { ...installed, version: '1.4.0-rc.1' })).toBeNull();
  expect(refuseOffer(manifestOf({ platform: 'win32' }), installed)).toBe('other_system');
  expect(refuseOffer(manifestOf({ arch: 'arm64' }), installed)).toBe('other_system');
  const universal = manifestOf({ platform: 'darwin', arch: 'universal' });
  expect(refuseOffer(universal, { ...installed, platform: 'darwin' })).toBeNull();
});

it('says who must update', () => {
  const release = manifestOf({ minimumVersion: '1.2.0' });
  expect(mustUpdate(release, '1.1.9')).toBe(true);
  expect(mustUpdate(release, '1.2.0-rc.1')).toBe(true);
  expect(mustUpdate(release, '1.2.0')).toBe(false);
  expect(mustUpdate(manifestOf(), '0.0.1')).toBe(false);
});
