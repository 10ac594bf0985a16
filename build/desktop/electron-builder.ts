import { fileURLToPath } from 'node:url';
import type { Configuration } from 'electron-builder';

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** How the desktop app is packed for each system. Everything but keytar is in the bundles. */
export const configuration: Configuration = {
  appId: 'chat.parley.desktop',
  productName: 'Parley',
  copyright: 'Parley contributors, MIT licence',
  directories: { output: 'release', buildResources: here('.') },
  files: ['dist/**', '!dist/resources/**', 'package.json'],
  // Read by the tray and the window as files.
  extraResources: [{ from: 'dist/resources', to: 'icons' }],
  asar: true,
  // A native module cannot be loaded out of the archive.
  asarUnpack: ['node_modules/keytar/**'],
  npmRebuild: false,
  icon: here('icons/icon.png'),
  protocols: [{ name: 'Parley', schemes: ['parley'] }],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
  },
  publish: null,
  linux: {
    target: ['AppImage', 'deb'],
    category: 'Network;InstantMessaging;Chat',
    executableName: 'parley',
    maintainer: 'Parley contributors',
    desktop: { entry: { StartupWMClass: 'Parley' } },
  },
  mac: {
    target: ['dmg', 'zip'],
    category: 'public.app-category.business',
    hardenedRuntime: true,
    entitlements: here('entitlements.mac.plist'),
    entitlementsInherit: here('entitlements.mac.plist'),
  },
  win: { target: ['nsis'] },
  nsis: { oneClick: true, perMachine: false },
};
