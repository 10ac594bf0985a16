import { z } from 'zod';
import { Timestamp } from '../protocol/ids.ts';
import { multiLine } from '../protocol/plain-text.ts';
import { compareVersions, Version } from './version.ts';

/**
 * What a release of the desktop app is described by. The tool that signs releases writes a manifest for each system
 * and its signatures beside it; the server hands on both as they are; the app believes nothing but the signatures.
 */

/** The app that the manifests are for: the `appId` that it is packed with. */
export const updateProduct = 'chat.parley.desktop';

/** A manifest in bytes, and so what anybody has to read of one. */
export const maxManifestBytes = 262_144;

/** Who follows `beta` gets what is newer of both. */
export const UpdateChannel = z.enum(['stable', 'beta'], { error: 'must be stable or beta' });
export type UpdateChannel = z.infer<typeof UpdateChannel>;

/** As Node's `process.platform` has it. */
export const UpdatePlatform = z.enum(['linux', 'darwin', 'win32'], {
  error: 'must be linux, darwin or win32',
});
export type UpdatePlatform = z.infer<typeof UpdatePlatform>;

/** As Node's `process.arch` has it; `universal` runs on both. */
export const UpdateArch = z.enum(['x64', 'arm64', 'universal'], {
  error: 'must be x64, arm64 or universal',
});
export type UpdateArch = z.infer<typeof UpdateArch>;

/** How a file is installed. */
export const UpdateFileKind = z.enum([
  ...(['appimage', 'tar.gz', 'deb', 'rpm'] as const),
  ...(['nsis', 'msi'] as const),
  ...(['dmg', 'zip'] as const),
]);
export type UpdateFileKind = z.infer<typeof UpdateFileKind>;

/** A digest in hex, lower case. */
export const Sha512 = z.string().regex(/^[0-9a-f]{128}$/, { error: 'must be a SHA-512 in hex' });

/** Name of a file in the feed: never a path, never hidden. */
export const UpdateFileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, {
  error: 'must be a plain file name',
});

export const UpdateFile = z.object({
  name: UpdateFileName,
  kind: UpdateFileKind,
  size: z.int().min(1).max(4_294_967_296).meta({ description: 'In bytes' }),
  sha512: Sha512,
});
export type UpdateFile = z.infer<typeof UpdateFile>;

/** What people are told of a release: Markdown, possibly empty. */
export const ReleaseNotes = multiLine({ max: 20_000 });

/** One version for one system. It is signed as the bytes that it is written in, not as what they mean. */
export const Manifest = z
  .object({
    format: z.literal(1),
    product: z.literal(updateProduct),
    channel: UpdateChannel,
    version: Version,
    platform: UpdatePlatform,
    arch: UpdateArch,
    files: z
      .array(UpdateFile)
      .min(1)
      .max(16)
      .refine((files) => new Set(files.map((file) => file.name)).size === files.length, {
        error: 'must not name a file twice',
      }),
    notes: ReleaseNotes,
    minimumVersion: Version.nullable().meta({
      description: 'Older apps must update to go on; null: none must',
    }),
    releasedAt: Timestamp,
  })
  .refine(
    ({ minimumVersion, version }) =>
      minimumVersion === null || compareVersions(minimumVersion, version) <= 0,
    { path: ['minimumVersion'], error: 'must not be newer than the version itself' },
  );
export type Manifest = z.infer<typeof Manifest>;

/** The first 16 hex characters of the SHA-256 of the raw public key. */
export const KeyId = z.string().regex(/^[0-9a-f]{16}$/, { error: 'must be 16 hex characters' });

/** A raw Ed25519 public key (32 bytes) in base64. */
export const PublicKey = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, {
  error: 'must be an Ed25519 public key in base64 (44 characters)',
});

/** One Ed25519 signature (64 bytes, base64) over the bytes of a manifest. */
export const ManifestSignature = z.object({
  keyId: KeyId,
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/, {
    error: 'must be an Ed25519 signature in base64 (88 characters)',
  }),
});
export type ManifestSignature = z.infer<typeof ManifestSignature>;

/** By several keys, so that apps that know only an older or only a newer one trust the same release. */
export const ManifestSignatures = z.array(ManifestSignature).min(1).max(4);

/** The file beside a manifest. */
export const SignatureFile = z.object({ signatures: ManifestSignatures });
export type SignatureFile = z.infer<typeof SignatureFile>;

/** A key whose signatures are believed. */
export const TrustedKey = z.object({ keyId: KeyId, publicKey: PublicKey });
export type TrustedKey = z.infer<typeof TrustedKey>;

/** The keys that an app is built with; with none, it takes no update. */
export const TrustedKeys = z.array(TrustedKey).max(8);

/**
 * What `GET /updates/:channel/:platform/:arch?version=…&installation=<uuid>` answers with 200; 204 says that there is
 * nothing newer for this installation. Each file is at `GET /updates/files/:sha512/:name`.
 */
export const UpdateOffer = z.object({
  manifest: z
    .base64()
    .min(1)
    .max(Math.ceil(maxManifestBytes / 3) * 4)
    .meta({ description: 'The bytes that are signed' }),
  signatures: ManifestSignatures,
});
export type UpdateOffer = z.infer<typeof UpdateOffer>;
