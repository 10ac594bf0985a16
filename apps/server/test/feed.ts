import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestName, releaseFolder, signatureName } from '@parley/shared/updates/feed.ts';
import type { Manifest, UpdateFile } from '@parley/shared/updates/manifest.ts';
import { manifestOf, type SigningKey } from '../../../packages/shared/test/manifests.ts';

/** A feed folder of a test, with releases as the tool lays them out. */
export class TestFeed {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<TestFeed> {
    return new TestFeed(await mkdtemp(join(tmpdir(), 'parley-feed-')));
  }

  /** The path of a file of a release. */
  path(release: Pick<Manifest, 'channel' | 'version'>, name = ''): string {
    return join(this.folder, releaseFolder(release), name);
  }

  /** Writes one system of a release, with one file of this content, signed by the keys. */
  async add(
    keys: SigningKey[],
    changes: Partial<Manifest> = {},
    content: Uint8Array = Buffer.from('the app'),
  ): Promise<{ manifest: Manifest; bytes: Buffer; file: UpdateFile }> {
    const named = manifestOf(changes);
    const { version, platform, arch } = named;
    const file: UpdateFile = {
      name: `Parley-${version}-${platform}-${arch}.zip`,
      kind: 'zip',
      size: content.length,
      sha512: createHash('sha512').update(content).digest('hex'),
    };
    const manifest = { ...named, files: changes.files ?? [file] };
    const bytes = Buffer.from(JSON.stringify(manifest, null, 2));
    await mkdir(this.path(manifest), { recursive: true });
    await writeFile(this.path(manifest, file.name), content);
    await this.write(manifest, bytes, keys);
    return { manifest, bytes, file };
  }

  /** Writes these bytes in the place of the manifest, signed by the keys. */
  async write(manifest: Manifest, bytes: Uint8Array, keys: SigningKey[]): Promise<void> {
    const name = manifestName(manifest);
    const signatures = keys.map((key) => key.sign(bytes));
    await writeFile(this.path(manifest, name), bytes);
    await writeFile(this.path(manifest, signatureName(name)), JSON.stringify({ signatures }));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
