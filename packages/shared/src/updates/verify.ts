import { z } from 'zod';
import {
  Manifest,
  maxManifestBytes,
  updateProduct,
  type ManifestSignature,
  type TrustedKey,
  type UpdateArch,
  type UpdateChannel,
  type UpdatePlatform,
} from './manifest.ts';
import { compareVersions, type Version } from './version.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What is needed of Web Crypto: `crypto.subtle` of a page, or `webcrypto.subtle` of `node:crypto`. */
export type Subtle<Key> = {
  importKey(
    format: 'raw',
    key: Bytes,
    algorithm: { name: 'Ed25519' },
    extractable: boolean,
    usages: 'verify'[],
  ): Promise<Key>;
  verify(algorithm: { name: 'Ed25519' }, key: Key, signature: Bytes, data: Bytes): Promise<boolean>;
  digest(algorithm: 'SHA-256', data: Bytes): Promise<ArrayBuffer>;
};

/** The key with its name. `publicKey`: 32 raw bytes in base64. */
export async function trustedKey<Key>(publicKey: string, subtle: Subtle<Key>): Promise<TrustedKey> {
  const digest = new Uint8Array(await subtle.digest('SHA-256', fromBase64(publicKey)));
  return { keyId: hex(digest.subarray(0, 8), ''), publicKey };
}

/**
 * Why a manifest is not believed: `wrong_signature`, no trusted key has signed these bytes; `other_app`, signed, but
 * for another product; `malformed`, signed, but not a manifest that this version understands.
 */
export type ManifestRefusal = 'wrong_signature' | 'other_app' | 'malformed';

export type Verified =
  { manifest: Manifest; refusal?: never } | { manifest?: never; refusal: ManifestRefusal };

/**
 * The manifest in these bytes, if one of the trusted keys has signed them. Nothing of it is looked at before that.
 * Rejects only where `subtle` cannot do Ed25519 at all.
 */
export async function verifyManifest<Key>(
  bytes: Bytes,
  signatures: readonly ManifestSignature[],
  trustedKeys: readonly TrustedKey[],
  subtle: Subtle<Key>,
): Promise<Verified> {
  if (bytes.length > maxManifestBytes) return { refusal: 'malformed' };
  for (const { keyId, signature } of signatures) {
    for (const key of trustedKeys.filter((trusted) => trusted.keyId === keyId)) {
      if (await isSignedBy(key.publicKey, signature, bytes, subtle)) return readManifest(bytes);
    }
  }
  return { refusal: 'wrong_signature' };
}

/** Whether the key (raw, base64) has made the signature (base64) over these bytes. */
async function isSignedBy<Key>(
  publicKey: string,
  signature: string,
  bytes: Bytes,
  subtle: Subtle<Key>,
): Promise<boolean> {
  const raw = fromBase64(publicKey);
  const algorithm = { name: 'Ed25519' } as const;
  const key = await subtle.importKey('raw', raw, algorithm, false, ['verify']);
  return subtle.verify(algorithm, key, fromBase64(signature), bytes);
}

/** Base64 as bytes. Throws on anything else. */
function fromBase64(text: string): Bytes {
  return new Uint8Array(z.core.util.base64ToUint8Array(text));
}

/** The manifest in these bytes, whoever has signed them. */
export function readManifest(bytes: Bytes): Verified {
  const json = parseJson(bytes);
  const { data: named } = z.object({ product: z.string() }).safeParse(json);
  if (named && named.product !== updateProduct) return { refusal: 'other_app' };
  const { data: manifest } = Manifest.safeParse(json);
  return manifest ? { manifest } : { refusal: 'malformed' };
}

/** The JSON in these bytes; undefined where they are not UTF-8 or not JSON. */
function parseJson(bytes: Bytes): unknown {
  try {
    // The one decoder of UTF-8 that the language itself has; it refuses what is none.
    return JSON.parse(decodeURIComponent(hex(bytes, '%')));
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array, before: string): string {
  return Array.from(bytes, (byte) => before + byte.toString(16).padStart(2, '0')).join('');
}

/** What asks for an update. */
export type Installed = {
  channel: UpdateChannel;
  platform: UpdatePlatform;
  arch: UpdateArch;
  version: Version;
};

/** Why a manifest is true, but nothing for this installation. */
export type OfferRefusal = 'other_channel' | 'other_system' | 'not_newer';

/** Null: the manifest may be installed over what is installed. */
export function refuseOffer(
  manifest: Pick<Manifest, keyof Installed>,
  installed: Installed,
): OfferRefusal | null {
  if (manifest.channel === 'beta' && installed.channel !== 'beta') return 'other_channel';
  if (manifest.platform !== installed.platform) return 'other_system';
  if (manifest.arch !== installed.arch && manifest.arch !== 'universal') return 'other_system';
  return compareVersions(manifest.version, installed.version) > 0 ? null : 'not_newer';
}

/** Whether an app of this version has to update before it goes on. */
export function mustUpdate(manifest: Pick<Manifest, 'minimumVersion'>, version: Version): boolean {
  return manifest.minimumVersion !== null && compareVersions(version, manifest.minimumVersion) < 0;
}
