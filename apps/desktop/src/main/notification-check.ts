import type { NotificationBlocker } from '../bridge/bridge.ts';
import type { AskSessionBus } from './session-bus.ts';

const service = {
  destination: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
};

/**
 * What keeps the system from showing notifications. On Linux they are shown by a service of the desktop
 * (https://specifications.freedesktop.org/notification-spec/), which may be missing; some tell by the property
 * `Inhibited` that the person wants none at the moment. Windows and macOS tell no app of their focus modes.
 */
export async function findBlockers(
  platform: NodeJS.Platform,
  isSupported: boolean,
  ask: AskSessionBus,
): Promise<NotificationBlocker[]> {
  if (!isSupported) return ['unsupported'];
  if (platform !== 'linux') return [];
  try {
    // Whoever is asked this is started, where the desktop starts it only when needed.
    await ask({ ...service, member: 'org.freedesktop.Notifications.GetServerInformation' });
  } catch {
    return ['no_service'];
  }
  return (await isInhibited(ask)) ? ['system_do_not_disturb'] : [];
}

async function isInhibited(ask: AskSessionBus): Promise<boolean> {
  try {
    const answer = await ask({
      ...service,
      member: 'org.freedesktop.DBus.Properties.Get',
      args: ['org.freedesktop.Notifications', 'Inhibited'],
    });
    return /\btrue\b/.test(answer);
  } catch {
    // Most services have no such property: then there is no telling.
    return false;
  }
}
