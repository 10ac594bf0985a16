import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  manifestName,
  releaseFolder,
  signatureName,
} from '../../packages/shared/src/updates/feed.ts';
import {
  Manifest,
  SignatureFile,
  updateProduct,
  type ManifestSignature,
  type UpdateChannel,
  type UpdateFile,
} from '../../packages/shared/src/updates/manifest.ts';
import { readManifest } from '../../packages/shared/src/updates/verify.ts';
import type { Artifact } from './artifacts.ts';
import type { SigningKey } from './keys.ts';
import { ReleaseError } from './release-error.ts';

/** What is to be signed. */
export type Release = {
  channel: UpdateChannel;
  version: string;
  notes: string;
  minimumVersion: string | null;
  /** The folder that the artifacts are in. */
  from: string;
  artifacts: Artifact[];
};

/** One system of a release, ready to be written. */
type Prepared = {
  name: string;
  bytes: Buffer;
  signatures: ManifestSignature[];
  files: UpdateFile[];
};

/**
 * Lays a release out in the feed: the files, then for each system the signatures, then the manifest. What is there
 * already, of the same build, stays as it is and gets the new signatures besides its own; another build under the same
 * version is refused, before anything is written. Returns the paths of the manifests.
 */
export async function layOut(
  release: Release,
  keys: SigningKey[],
  feed: string,
  now: Date,
): Promise<string[]> {
  const folder = join(feed, releaseFolder(release));
  const prepared = await prepare(release, keys, folder, now);
  const files = prepared.flatMap((each) => each.files);
  for (const file of files) await assertSameOrNew(folder, file);
  await mkdir(folder, { recursive: true });
  for (const file of files) await copyWhole(release.from, folder, file);
  for (const { name, bytes, signatures } of prepared) {
    const text = `${JSON.stringify({ signatures }, null, 2)}\n`;
    await writeAtOnce(join(folder, signatureName(name)), Buffer.from(text));
    await writeAtOnce(join(folder, name), bytes);
  }
  return prepared.map(({ name }) => join(folder, name));
}

async function prepare(
  release: Release,
  keys: SigningKey[],
  folder: string,
  now: Date,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const name of new Set(release.artifacts.map(manifestName))) {
    const artifacts = release.artifacts.filter((each) => manifestName(each) === name);
    const files: UpdateFile[] = [];
    for (const { name: file, kind } of artifacts) {
      files.push({ name: file, kind, ...(await measure(join(release.from, file))) });
    }
    const before = await readBefore(join(folder, name));
    const bytes = manifestBytes(release, artifacts, files, before?.releasedAt ?? now.toISOString());
    if (before && !before.bytes.equals(bytes)) throw otherBuild(join(folder, name));
    const kept = before ? await signaturesBefore(join(folder, signatureName(name))) : [];
    const signatures = together(
      kept,
      keys.map((key) => key.sign(bytes)),
      name,
    );
    prepared.push({ name, bytes, signatures, files });
  }
  return prepared;
}

function manifestBytes(
  { channel, version, notes, minimumVersion }: Release,
  artifacts: Artifact[],
  files: UpdateFile[],
  releasedAt: string,
): Buffer {
  const [first] = artifacts;
  const parsed = Manifest.safeParse({
    ...{ format: 1, product: updateProduct, channel, version },
    ...{ platform: first?.platform, arch: first?.arch, files },
    ...{ notes, minimumVersion, releasedAt },
  });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new ReleaseError(`This cannot be released: ${problems.join('; ')}.`);
  }
  return Buffer.from(`${JSON.stringify(parsed.data, null, 2)}\n`);
}

function otherBuild(path: string): ReleaseError {
  return new ReleaseError(
    `${path} is there already and differs. A version stands for one build with its notes: raise the version in apps/desktop/package.json or, if nobody has it yet, remove what is there.`,
  );
}

/** The bytes of a file; null where there is none. */
async function bytesAt(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function readBefore(path: string): Promise<{ bytes: Buffer; releasedAt: string } | null> {
  const bytes = await bytesAt(path);
  if (!bytes) return null;
  const { manifest } = readManifest(new Uint8Array(bytes));
  if (!manifest) throw new ReleaseError(`${path} is not a manifest. Remove it if it is of no use.`);
  return { bytes, releasedAt: manifest.releasedAt };
}

async function signaturesBefore(path: string): Promise<ManifestSignature[]> {
  const bytes = await bytesAt(path);
  if (!bytes) return [];
  const { data } = SignatureFile.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!data) throw new ReleaseError(`${path} holds no signatures. Remove it to sign anew.`);
  return data.signatures;
}

/** The new signatures and those that other keys have made before. */
function together(
  before: ManifestSignature[],
  now: ManifestSignature[],
  name: string,
): ManifestSignature[] {
  const all = new Map([...before, ...now].map((each) => [each.keyId, each]));
  const parsed = SignatureFile.safeParse({ signatures: [...all.values()] });
  if (parsed.success) return parsed.data.signatures;
  throw new ReleaseError(`${name} can have at most four signatures, and would have ${all.size}.`);
}

/** Size and digest of a file, read piece by piece. */
async function measure(path: string): Promise<{ size: number; sha512: string }> {
  const file = await open(path);
  const hash = createHash('sha512');
  let size = 0;
  for await (const chunk of file.createReadStream()) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { size, sha512: hash.digest('hex') };
}

/** Whether the file lies in the folder already; throws where another one does. */
async function assertSameOrNew(folder: string, file: UpdateFile): Promise<boolean> {
  const path = join(folder, file.name);
  const isThere = await stat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  if (isThere && (await measure(path)).sha512 !== file.sha512) throw otherBuild(path);
  return isThere;
}

async function copyWhole(from: string, folder: string, file: UpdateFile): Promise<void> {
  if (await assertSameOrNew(folder, file)) return;
  const partial = join(folder, `.${file.name}.partial`);
  try {
    await copyFile(join(from, file.name), partial, constants.COPYFILE_FICLONE);
    if ((await measure(partial)).sha512 !== file.sha512) {
      throw new ReleaseError(`${file.name} changed while it was copied. Begin again.`);
    }
    await rename(partial, join(folder, file.name));
  } finally {
    await rm(partial, { force: true });
  }
}

/** The file is there as a whole or not at all. */
async function writeAtOnce(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}
