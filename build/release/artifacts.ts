import { readdir } from 'node:fs/promises';
import type {
  UpdateArch,
  UpdateFileKind,
  UpdatePlatform,
} from '../../packages/shared/src/updates/manifest.ts';

/** An installer that electron-builder has made. */
export type Artifact = {
  name: string;
  platform: UpdatePlatform;
  arch: UpdateArch;
  kind: UpdateFileKind;
};

/** What electron-builder calls systems, and what it makes for each, by the ends of names. */
const systems: Record<string, { platform: UpdatePlatform; kinds: Record<string, UpdateFileKind> }> =
  {
    linux: {
      platform: 'linux',
      kinds: { AppImage: 'appimage', 'tar.gz': 'tar.gz', deb: 'deb', rpm: 'rpm' },
    },
    mac: { platform: 'darwin', kinds: { dmg: 'dmg', zip: 'zip' } },
    win: { platform: 'win32', kinds: { exe: 'nsis', msi: 'msi' } },
  };

/** Each package format has its own words for processors. */
const archs: Record<string, UpdateArch> = {
  x64: 'x64',
  x86_64: 'x64',
  amd64: 'x64',
  arm64: 'arm64',
  aarch64: 'arm64',
  universal: 'universal',
};

/**
 * Reads the name of a file by the pattern of `build/desktop/electron-builder.ts`. Null: it is no installer of this
 * version for one kind of system.
 */
export function recogniseArtifact(name: string, version: string): Artifact | null {
  const start = `Parley-${version}-`;
  if (!name.startsWith(start)) return null;
  const [, os = '', archName = '', end = ''] =
    /^([a-z]+)-([a-z0-9_]+)\.([A-Za-z.]+)$/.exec(name.slice(start.length)) ?? [];
  const system = systems[os];
  const kind = system?.kinds[end];
  const arch = archs[archName];
  return system && kind && arch ? { name, platform: system.platform, arch, kind } : null;
}

/** The installers of a version in a folder, in the order of their names, and the other files there. */
export async function findArtifacts(
  folder: string,
  version: string,
): Promise<{ artifacts: Artifact[]; leftOut: string[] }> {
  const artifacts: Artifact[] = [];
  const leftOut: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isFile()) continue;
    const artifact = recogniseArtifact(entry.name, version);
    if (artifact) artifacts.push(artifact);
    else leftOut.push(entry.name);
  }
  return { artifacts, leftOut };
}
