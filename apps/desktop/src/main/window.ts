import { join } from 'node:path';
import { BrowserWindow, screen, type Session } from 'electron';
import { rendererOrigin } from './app-protocol.ts';
import type { SettingsFile } from './settings.ts';
import { restoreBounds } from './window-bounds.ts';

const saveBoundsAfterMs = 500;

/** Makes the one window. The renderer is sandboxed, stays where it is, and opens nothing. */
export function createWindow(options: { settings: SettingsFile; icon: string }): BrowserWindow {
  const { settings, icon } = options;
  const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...restoreBounds(settings.bounds(), workAreas),
    minWidth: 480,
    minHeight: 400,
    show: false,
    title: 'Parley',
    icon,
    autoHideMenuBar: true,
    backgroundColor: '#16181d',
    ...(process.platform === 'darwin' && {
      titleBarStyle: 'hiddenInset' as const,
      trafficLightPosition: { x: 14, y: 14 },
    }),
    webPreferences: {
      preload: join(__dirname, '../preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: true,
    },
  });
  confine(window);
  rememberBounds(window, settings);
  void window.loadURL(`${rendererOrigin}/index.html`);
  return window;
}

/** Denies every permission but putting text on the clipboard, which copying a link or code needs. */
export function denyPermissions(session: Session): void {
  const allowed = new Set(['clipboard-sanitized-write']);
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(allowed.has(permission));
  });
  session.setPermissionCheckHandler((_contents, permission) => allowed.has(permission));
  session.setDevicePermissionHandler(() => false);
}

/** The window shows the renderer and nothing else, whatever a message or a server would like. */
function confine(window: BrowserWindow): void {
  const { webContents } = window;
  const stay = (event: { preventDefault(): void }, url: string) => {
    if (!url.startsWith(`${rendererOrigin}/`)) event.preventDefault();
  };
  webContents.on('will-navigate', (event, url) => {
    stay(event, url);
  });
  webContents.on('will-redirect', (event, url) => {
    stay(event, url);
  });
  webContents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

function rememberBounds(window: BrowserWindow, settings: SettingsFile): void {
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!window.isDestroyed() && !window.isMinimized()) {
        settings.setBounds(window.getNormalBounds());
      }
    }, saveBoundsAfterMs);
  };
  window.on('resize', save);
  window.on('move', save);
  window.on('closed', () => {
    clearTimeout(timer);
  });
}

/** Brings the window in front of the person. */
export function reveal(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
