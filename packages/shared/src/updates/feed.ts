import type { Manifest } from './manifest.ts';

/**
 * How a feed lies in its folder: `<channel>/<version>/` holds the files of a release and, for each system, its
 * manifest and the signatures of that.
 */

/** The folder of a release, from the feed's own. */
export function releaseFolder({ channel, version }: Pick<Manifest, 'channel' | 'version'>): string {
  return `${channel}/${version}`;
}

/** The name of the manifest of a system. */
export function manifestName({ platform, arch }: Pick<Manifest, 'platform' | 'arch'>): string {
  return `${platform}-${arch}.json`;
}

/** The name of the signatures of a manifest. */
export function signatureName(nameOfManifest: string): string {
  return `${nameOfManifest}.sig`;
}
