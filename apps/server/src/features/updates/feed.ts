import { createHash, webcrypto } from 'node:crypto';
import { open, opendir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { manifestName, releaseFolder, signatureName } from '@parley/shared/updates/feed.ts';
import {
  maxManifestBytes,
  SignatureFile,
  type Manifest,
  type ManifestSignature,
  type UpdateFile,
} from '@parley/shared/updates/manifest.ts';
import { readManifest, trustedKey, verifyManifest } from '@parley/shared/updates/verify.ts';
import type { UpdateSettings } from '../../config.ts';

const { subtle } = webcrypto;

/** More than any release has: whatever holds more is something else. */
const maxEntries = 500;
const maxSignatureBytes = 4_096;

/** A manifest as it lies in the feed, and as it was signed. */
export type FoundManifest = {
  manifest: Manifest;
  /** Its bytes, in base64. */
  bytes: string;
  signatures: ManifestSignature[];
};

/** A file that is being read; whoever gets it closes it. `size` in bytes. */
export type OpenFile = { handle: FileHandle; size: number };

/**
 * Opens a file by its path from the feed's folder; null where there is none. Links that lead out of the folder lead
 * nowhere.
 */
export async function openInFeed(folder: string, path: string): Promise<OpenFile | null> {
  const real = await insideFeed(folder, path);
  // What is no file (a pipe, say) is not opened: that might wait for ever.
  if (real === null || !(await stat(real)).isFile()) return null;
  const handle = await open(real);
  return { handle, size: (await handle.stat()).size };
}

async function insideFeed(folder: string, path: string): Promise<string | null> {
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(join(folder, path))]);
    return real.startsWith(root + sep) ? real : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Reads a release from the feed and checks all of it: manifests, signatures, every byte of the files. Throws
 * `not_found` where it is not there, and `conflict` that says what is wrong with it.
 */
export async function readRelease(
  settings: UpdateSettings,
  release: Pick<Manifest, 'channel' | 'version'>,
): Promise<FoundManifest[]> {
  const path = releaseFolder(release);
  try {
    return await readAll(settings, path);
  } catch (error) {
    if (error instanceof ParleyError || !(error instanceof Error) || !('code' in error))
      throw error;
    const advice =
      "Let the server's account read the feed folder, with folders and files as they were signed";
    throw unusable(path, `cannot be read (${String(error.code)}). ${advice}`, error);
  }
}

async function readAll({ folder, keys }: UpdateSettings, path: string): Promise<FoundManifest[]> {
  const real = await insideFeed(folder, path);
  if (real === null) {
    throw new ParleyError(
      'not_found',
      `The feed folder of the server has no ${path}. Copy the signed release there first.`,
    );
  }
  const names = await manifestNamesIn(real, path);
  if (names.length === 0) throw unusable(path, 'has no manifest such as linux-x64.json');
  const found: FoundManifest[] = [];
  for (const name of names) {
    const each = await readSigned({ folder, keys }, `${path}/${name}`);
    assertOwnPlace(each.manifest, `${path}/${name}`);
    found.push(each);
  }
  const files = found.flatMap(({ manifest }) => manifest.files);
  for (const file of files) await assertWhole(folder, `${path}/${file.name}`, file);
  return found;
}

function unusable(path: string, problem: string, cause?: unknown): ParleyError {
  return new ParleyError('conflict', `${path} ${problem}.`, { reason: 'unusable_release', cause });
}

async function manifestNamesIn(real: string, path: string): Promise<string[]> {
  const names: string[] = [];
  let count = 0;
  for await (const { name } of await opendir(real)) {
    count += 1;
    if (count > maxEntries) throw unusable(path, `holds more than ${maxEntries} files`);
    if (name.endsWith('.json')) names.push(name);
  }
  return names.sort();
}

async function readSigned({ folder, keys }: UpdateSettings, path: string): Promise<FoundManifest> {
  const bytes = await readWhole(folder, path, maxManifestBytes);
  const signatures = await readSignatures(folder, signatureName(path));
  const trusted = await Promise.all(keys.map((key) => trustedKey(key, subtle)));
  const checked =
    trusted.length === 0
      ? readManifest(bytes)
      : await verifyManifest(bytes, signatures, trusted, subtle);
  if (checked.manifest) {
    return { manifest: checked.manifest, bytes: Buffer.from(bytes).toString('base64'), signatures };
  }
  switch (checked.refusal) {
    case 'wrong_signature':
      throw unusable(path, 'is not signed by any key in PARLEY_UPDATE_KEYS');
    case 'other_app':
      throw unusable(path, 'is for another app');
    case 'malformed':
      throw unusable(path, 'is not a manifest');
  }
}

async function readSignatures(folder: string, path: string): Promise<ManifestSignature[]> {
  const text = Buffer.from(await readWhole(folder, path, maxSignatureBytes)).toString();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unusable(path, 'is not JSON', error);
  }
  const { data } = SignatureFile.safeParse(json);
  if (!data) throw unusable(path, 'holds no signatures');
  return data.signatures;
}

/** The bytes of a small file. */
async function readWhole(
  folder: string,
  path: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openInFeed(folder, path);
  if (!file) throw unusable(path, 'is missing');
  try {
    if (file.size > maxBytes) throw unusable(path, `has more than ${maxBytes} bytes`);
    return new Uint8Array(await file.handle.readFile());
  } finally {
    await file.handle.close();
  }
}

function assertOwnPlace(manifest: Manifest, path: string): void {
  const own = `${releaseFolder(manifest)}/${manifestName(manifest)}`;
  if (own !== path) throw unusable(path, `belongs elsewhere: it is what ${own} should hold`);
}

async function assertWhole(folder: string, path: string, expected: UpdateFile): Promise<void> {
  const file = await openInFeed(folder, path);
  if (!file) throw unusable(path, 'is missing');
  const { handle, size } = file;
  if (size !== expected.size) {
    await handle.close();
    throw unusable(path, `has ${size} bytes, and its manifest says ${expected.size}`);
  }
  const hash = createHash('sha512');
  for await (const chunk of handle.createReadStream()) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== expected.sha512) {
    throw unusable(path, 'is not the file that was signed: its SHA-512 differs');
  }
}
