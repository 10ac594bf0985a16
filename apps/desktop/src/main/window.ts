import { join } from 'node:path';
import type Electron from 'electron';
import type { BrowserWindow, Session } from 'electron';
import { rendererOrigin } from './app-protocol.ts';
import { contextEntries } from './context-menu.ts';
import type { SettingsFile } from './settings.ts';
import { restoreBounds } from './window-bounds.ts';
import { rememberPlace, workAreas } from './window-place.ts';

/** A page that died is loaded again; one that dies again so soon would only do it once more. */
const reviveAgainAfterMs = 60_000;

export type WindowOptions = {
  electron: Pick<typeof Electron, 'BrowserWindow' | 'clipboard' | 'Menu' | 'screen'>;
  settings: Pick<SettingsFile, 'windowPlace' | 'setWindowPlace'>;
  icon: string;
  /** The folder of the bundles. */
  bundles: string;
  now: () => number;
};

/** Makes the one window. The renderer is sandboxed, stays where it is, and opens nothing. */
export function createWindow({
  electron,
  settings,
  icon,
  bundles,
  now,
}: WindowOptions): BrowserWindow {
  const place = settings.windowPlace();
  const window = new electron.BrowserWindow({
    ...restoreBounds(place?.bounds ?? null, workAreas(electron.screen)),
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
      preload: join(bundles, 'preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: true,
      // Hidden in the tray it goes on listening; slowed-down timers would keep it offline for a minute at a time.
      backgroundThrottling: false,
    },
  });
  confine(window);
  offerContextMenu(window, electron);
  rememberPlace(window, settings);
  reviveDead(window.webContents, now);
  if (place?.isMaximized) {
    // To maximise shows a window, which this one may not want to be yet.
    window.once('show', () => {
      window.maximize();
    });
  }
  void window.loadURL(`${rendererOrigin}/index.html`);
  return window;
}

/**
 * Denies every permission but putting text on the clipboard, which copying a link or code needs, and reaching servers
 * in the own network: most companies' servers are there, and newer Chromiums ask for it before a request goes out.
 */
export function denyPermissions(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
  >,
): void {
  const allowed = new Set([
    'clipboard-sanitized-write',
    // One in older versions, the two that it was divided into in newer ones.
    'local-network-access',
    'local-network',
    'loopback-network',
  ]);
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(allowed.has(permission));
  });
  session.setPermissionCheckHandler((_contents, permission) => allowed.has(permission));
  session.setDevicePermissionHandler(() => false);
}

/** A click with the right button offers what can be done at that place. */
function offerContextMenu(
  window: BrowserWindow,
  { Menu, clipboard }: Pick<typeof Electron, 'clipboard' | 'Menu'>,
): void {
  const { webContents } = window;
  const actions = {
    replaceMisspelling: (word: string) => {
      webContents.replaceMisspelling(word);
    },
    addToDictionary: (word: string) => {
      webContents.session.addWordToSpellCheckerDictionary(word);
    },
    copyText: (text: string) => {
      void clipboard.writeText(text);
    },
  };
  webContents.on('context-menu', (_event, asked) => {
    const entries = contextEntries(asked, actions);
    if (entries.length > 0) Menu.buildFromTemplate(entries).popup({ window });
  });
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

/** Without its page a window in the tray would stay silent for ever. */
export function reviveDead(
  contents: {
    on(
      event: 'render-process-gone',
      listener: (event: unknown, gone: { reason: string }) => void,
    ): unknown;
    reload(): void;
  },
  now: () => number,
): void {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || now() - lastAtMs < reviveAgainAfterMs) return;
    lastAtMs = now();
    contents.reload();
  });
}

/** Resolves when there is something to see in a window that is not shown yet. */
export function readyToShow(window: Pick<BrowserWindow, 'once'>): Promise<void> {
  return new Promise((resolve) => {
    window.once('ready-to-show', () => {
      resolve();
    });
  });
}

/** Brings the window in front of the person. */
export function reveal(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
