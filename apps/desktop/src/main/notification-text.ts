import type { AskSessionBus } from './session-bus.ts';

/** Makes what somebody wrote into what a notification shows as just that. */
export type NotificationText = (text: string) => Promise<string>;

/**
 * On Linux the text of a notification is markup where the desktop says so: unescaped, a message would put links
 * and pictures of its own into it, or be cut off at a `&` (https://specifications.freedesktop.org/notification-spec/).
 * Titles are plain everywhere.
 */
export function notificationText(platform: NodeJS.Platform, ask: AskSessionBus): NotificationText {
  if (platform !== 'linux') return (text) => Promise.resolve(text);
  let isMarkup: Promise<boolean> | null = null;
  return async (text) => {
    isMarkup ??= readsMarkup(ask);
    return (await isMarkup) ? escape(text) : text;
  };
}

async function readsMarkup(ask: AskSessionBus): Promise<boolean> {
  try {
    const capabilities = await ask({
      destination: 'org.freedesktop.Notifications',
      path: '/org/freedesktop/Notifications',
      member: 'org.freedesktop.Notifications.GetCapabilities',
    });
    return capabilities.includes('body-markup');
  } catch {
    // Most desktops read markup: rather an `&amp;` too many than a link that nobody wrote.
    return true;
  }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
