import type { AskSessionBus } from './session-bus.ts';

/**
 * Whether a hidden window can be reached from the tray. On Linux a desktop may have no tray at all, and then
 * nobody owns the name under which icons register (StatusNotifierItem,
 * https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/).
 */
export async function canHideToTray(
  platform: NodeJS.Platform,
  ask: AskSessionBus,
): Promise<boolean> {
  if (platform !== 'linux') return true;
  try {
    const answer = await ask({
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      member: 'org.freedesktop.DBus.NameHasOwner',
      args: ['org.kde.StatusNotifierWatcher'],
    });
    return /\btrue\b/.test(answer);
  } catch {
    // There is no telling; then the window is not hidden.
    return false;
  }
}
