import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const deadlineMs = 1_500;

/**
 * Whether a hidden window can be reached from the tray. On Linux a desktop may have no tray at all, and then
 * nobody owns the name under which icons register (StatusNotifierItem,
 * https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/).
 */
export async function canHideToTray(): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  try {
    const { stdout } = await promisify(execFile)(
      'dbus-send',
      [
        '--session',
        '--print-reply=literal',
        '--dest=org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus.NameHasOwner',
        'string:org.kde.StatusNotifierWatcher',
      ],
      { timeout: deadlineMs },
    );
    return stdout.includes('true');
  } catch {
    // Without a bus, or without the tool, there is no telling; then the window is not hidden.
    return false;
  }
}
