import type { App, BrowserWindow } from 'electron';
import type { TrayHandle, TrayState } from './tray.ts';

/** Shows the counts wherever the system has a place for them: one pure function of what the server said. */
export function showBadge(
  state: TrayState,
  where: {
    app: Pick<App, 'setBadgeCount'>;
    tray: TrayHandle | null;
    window: Pick<BrowserWindow, 'isDestroyed' | 'setTitle'> | null;
  },
): void {
  where.tray?.show(state);
  // The dock on macOS, the launcher on Linux; elsewhere this does nothing.
  where.app.setBadgeCount(state.mentions);
  const title = state.mentions > 0 ? `(${state.mentions}) Parley` : 'Parley';
  if (where.window && !where.window.isDestroyed()) where.window.setTitle(title);
}
