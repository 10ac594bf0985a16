/**
 * Packs the built desktop app. Without arguments for this system's `dir` target, which needs no tools from the
 * network; `--installers` makes the installers of this system.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, Platform } from 'electron-builder';
import { ensureElectronRuntime } from '../tools/electron-runtime.ts';
import { configurationFor } from './electron-builder.ts';

const configuration = configurationFor(process.env);
const projectDir = fileURLToPath(new URL('../../apps/desktop', import.meta.url));
const runtime = await ensureElectronRuntime();
const areInstallers = process.argv.includes('--installers');
if (areInstallers && runtime.source === 'fallback') {
  throw new Error(
    `Electron ${runtime.version} is for trying things out; installers are made with the pinned one, which cannot be downloaded here.`,
  );
}
const targets = areInstallers
  ? Platform.current().createTarget()
  : Platform.current().createTarget('dir');

// This fuse came with Electron 29; an older binary has no place for it.
const electronFuses = {
  ...configuration.electronFuses,
  ...(Number.parseInt(runtime.version, 10) >= 29 && { grantFileProtocolExtraPrivileges: false }),
};

await build({
  projectDir,
  targets,
  publish: 'never',
  config: {
    ...configuration,
    electronFuses,
    afterPack: async ({ appOutDir }) => {
      // The app that a stock runtime loads folders with has no place in a packed one.
      await rm(join(appOutDir, 'resources/app'), { recursive: true, force: true });
    },
    electronDist: runtime.folder,
    electronVersion: runtime.version,
  },
});
console.log(`Packed with Electron ${runtime.version} (${runtime.source}).`);
