import { sign, webcrypto, type KeyObject, generateKeyPairSync } from 'node:crypto';
import type { Manifest, ManifestSignature, TrustedKey } from '../src/updates/manifest.ts';
import { trustedKey } from '../src/updates/verify.ts';

/** A manifest as a release has it; `changes` take the place of its fields. */
export function manifestOf(changes: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    product: 'chat.parley.desktop',
    channel: 'stable',
    version: '1.4.0',
    platform: 'linux',
    arch: 'x64',
    files: [
      {
        name: 'Parley-1.4.0-linux-x86_64.AppImage',
        kind: 'appimage',
        size: 120_000_000,
        sha512: '0123456789abcdef'.repeat(8),
      },
    ],
    notes: '# 1.4.0\n\nFaster.',
    minimumVersion: null,
    releasedAt: '2026-11-28T12:00:00.000Z',
    ...changes,
  };
}

/** A key that signs, and what is trusted of it. */
export type SigningKey = TrustedKey & { sign: (bytes: Uint8Array) => ManifestSignature };

export async function newSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const trusted = await trustedKey(rawPublicKey(publicKey), webcrypto.subtle);
  return {
    ...trusted,
    sign: (bytes) => ({
      keyId: trusted.keyId,
      signature: sign(null, bytes, privateKey).toString('base64'),
    }),
  };
}

function rawPublicKey(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}
