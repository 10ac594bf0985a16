import { Provider, type AppUpdater, type UpdateInfo } from 'electron-updater';
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js';
import type { UpdateFile, UpdateFileKind } from '@parley/shared/updates/manifest.ts';
import type { Offer } from './feed.ts';
import { UpdateFailure } from './update-failure.ts';

type ResolvedFile = ReturnType<Provider<UpdateInfo>['resolveFiles']>[number];

export type FeedProviderOptions = {
  provider: 'custom';
  updateProvider: typeof FeedProvider;
  /** Rejects for anything that may not be installed. */
  latest: () => Promise<Offer | null>;
  runningVersion: string;
  kind: UpdateFileKind;
};

/**
 * Tells electron-updater what Parley's feed offers. Whatever it learns has been signed: it finds the digest of the file
 * here and nowhere else.
 */
export class FeedProvider extends Provider<UpdateInfo> {
  readonly #options: FeedProviderOptions;

  constructor(
    options: FeedProviderOptions,
    _updater: AppUpdater,
    runtimeOptions: ProviderRuntimeOptions,
  ) {
    super(runtimeOptions);
    this.#options = options;
  }

  async getLatestVersion(): Promise<UpdateInfo> {
    const { latest, runningVersion, kind } = this.#options;
    const offer = await latest();
    // The version that runs is its way of saying that there is nothing newer.
    if (!offer) return infoOf(runningVersion, [], new Date(0).toISOString());
    const { manifest, server } = offer;
    const file = manifest.files.find((each) => each.kind === kind);
    if (!file) throw new UpdateFailure('refused', `there is no ${kind} of ${manifest.version}`);
    return infoOf(manifest.version, [fileInfo(server, file)], manifest.releasedAt);
  }

  resolveFiles({ files }: UpdateInfo): ResolvedFile[] {
    return files.map((info) => ({ url: new URL(info.url), info }));
  }
}

function infoOf(version: string, files: UpdateInfo['files'], releaseDate: string): UpdateInfo {
  // Its type still asks for what a version of one file was once told by.
  return Object.assign({ path: '', sha512: '' }, { version, files, releaseDate });
}

function fileInfo(server: string, { name, size, sha512 }: UpdateFile): UpdateInfo['files'][number] {
  const url = `${server}/updates/files/${sha512}/${name}`;
  return { url, size, sha512: Buffer.from(sha512, 'hex').toString('base64') };
}
