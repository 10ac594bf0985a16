import type { App, BrowserWindow, NativeImage } from 'electron';
import { trayTooltip, type TrayHandle, type TrayState } from './tray.ts';

/** The pictures that Windows lays over the icon in its taskbar; null where the system has no such place. */
export type Overlays = { unread: NativeImage; mentions: NativeImage } | null;

/** Shows the counts wherever the system has a place for them: one pure function of what the server said. */
export function showBadge(
  state: TrayState,
  where: {
    overlays: Overlays;
    app: Pick<App, 'getBadgeCount' | 'setBadgeCount'>;
    tray: TrayHandle | null;
    window: Pick<BrowserWindow, 'isDestroyed' | 'setTitle' | 'setOverlayIcon'> | null;
  },
): void {
  where.tray?.show(state);
  // The dock on macOS, the launcher on Linux; elsewhere this does nothing.
  if (where.app.getBadgeCount() !== state.mentions) where.app.setBadgeCount(state.mentions);
  const title = state.mentions > 0 ? `(${state.mentions}) Parley` : 'Parley';
  if (!where.window || where.window.isDestroyed()) return;
  where.window.setTitle(title);
  if (where.overlays) {
    const { mentions, unread } = where.overlays;
    const overlay = state.mentions > 0 ? mentions : state.unread > 0 ? unread : null;
    where.window.setOverlayIcon(overlay, trayTooltip(state));
  }
}
