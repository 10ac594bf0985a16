import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether the app may replace itself. Not where a package manager or an administrator has put it: on Linux only an
 * AppImage in a folder that is the person's own, on Windows only what the installer for one person has installed.
 */
export function mayReplaceItself(app: {
  platform: NodeJS.Platform;
  isPackaged: boolean;
  /** The file that holds the app, where it is an AppImage. */
  appImage: string | null;
  executable: string;
  canWrite: (path: string) => boolean;
}): boolean {
  if (!app.isPackaged) return false;
  switch (app.platform) {
    case 'darwin':
      return true;
    case 'win32':
      return existsSync(join(dirname(app.executable), 'Uninstall Parley.exe'));
    default:
      return app.appImage !== null && [app.appImage, dirname(app.appImage)].every(app.canWrite);
  }
}

export function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
