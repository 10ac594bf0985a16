import { fileURLToPath } from 'node:url';
import type { Configuration } from 'electron-builder';

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Windows knows by this that one MSI takes the place of another. It never changes. */
const msiUpgradeCode = '5B3A8E0C-7C1D-4B5E-9F37-2D0B6E4A9C11';
const metainfo = 'chat.parley.desktop.metainfo.xml';
/** Both package formats bring the description that software centres show. */
const packageFiles = [`${here(`linux/${metainfo}`)}=/usr/share/metainfo/${metainfo}`];

/**
 * How the desktop app is packed for each system. Everything but keytar is in the bundles. Certificates come from the
 * environment, by electron-builder's names: `CSC_LINK`, `WIN_CSC_LINK` and their passwords, `APPLE_API_KEY` and its like.
 * `environment`: of the process that packs.
 */
export function configurationFor(environment: NodeJS.ProcessEnv): Configuration {
  return {
    appId: 'chat.parley.desktop',
    productName: 'Parley',
    copyright: 'Parley contributors, MIT licence',
    artifactName: 'Parley-${version}-${os}-${arch}.${ext}',
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
    // Makes electron-builder lay `app-update.yml` beside the app: the name of the folder for downloads, and on Windows the
    // publisher. The address in it is asked by nobody; the app asks its company's server.
    publish: { provider: 'generic', url: 'https://updates.invalid', publishAutoUpdate: false },
    linux: {
      target: ['AppImage', 'deb', 'rpm', 'tar.gz'].map((target) => ({
        target,
        arch: ['x64', 'arm64'],
      })),
      icon: here('icons/linux'),
      category: 'Network;InstantMessaging;Chat',
      synopsis: 'Company chat on your own server',
      executableName: 'parley',
      maintainer: 'Parley contributors',
      desktop: {
        entry: {
          StartupWMClass: 'Parley',
          StartupNotify: 'true',
          Keywords: 'chat;messages;team;',
          // The scheme itself comes from `protocols`.
          Actions: 'new-message;',
        },
        desktopActions: {
          'new-message': { Name: 'New message', Exec: 'parley --new-message' },
        },
      },
    },
    deb: {
      depends: linuxLibraries.deb,
      recommends: ['gnome-keyring | kwalletmanager'],
      fpm: packageFiles,
    },
    rpm: { depends: linuxLibraries.rpm, fpm: packageFiles },
    mac: {
      // One app for both kinds of processors; the zip is what updates are made of.
      target: ['dmg', 'zip'].map((target) => ({ target, arch: ['universal'] })),
      icon: here('icons/icon.icns'),
      category: 'public.app-category.business',
      minimumSystemVersion: '12.0',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: here('mac/entitlements.plist'),
      entitlementsInherit: here('mac/entitlements.plist'),
      // Apple looks at it where the key to ask with is there.
      notarize: environment.APPLE_API_KEY !== undefined,
      // keytar brings one library that serves both.
      x64ArchFiles: '**/node_modules/keytar/**',
    },
    dmg: { sign: false },
    win: {
      target: [
        { target: 'nsis', arch: ['x64', 'arm64'] },
        { target: 'msi', arch: ['x64'] },
      ],
      icon: here('icons/icon.ico'),
      // Installers that are signed are of this publisher, and so must what replaces them be.
      verifyUpdateCodeSignature: true,
    },
    // For one person, without an administrator; silent with /S.
    nsis: {
      oneClick: true,
      perMachine: false,
      deleteAppDataOnUninstall: false,
      // Updates are fetched whole.
      differentialPackage: false,
    },
    // For all who use the computer, rolled out by an administrator: msiexec /i … /qn.
    msi: {
      oneClick: false,
      perMachine: true,
      runAfterFinish: false,
      upgradeCode: msiUpgradeCode,
    },
  };
}

/** What Electron and the keychain need, by the names of each family of systems. */
const linuxLibraries = {
  deb: [
    ...['libgtk-3-0', 'libnotify4', 'libnss3', 'libxss1', 'libxtst6', 'xdg-utils'],
    ...['libatspi2.0-0', 'libuuid1', 'libsecret-1-0'],
  ],
  rpm: [
    ...['gtk3', 'libnotify', 'nss', 'libXScrnSaver', 'libXtst', 'xdg-utils'],
    ...['at-spi2-core', 'libuuid', 'libsecret'],
  ],
};
