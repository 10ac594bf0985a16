import { hostname } from 'node:os';
import { join } from 'node:path';
import { app, dialog, session, shell, type BrowserWindow } from 'electron';
import { announceScheme, serveRenderer } from './app-protocol.ts';
import { showBadge } from './badge.ts';
import { hostBridge, sendSignal, type Answers } from './bridge-host.ts';
import type { SignalData } from '../bridge/bridge.ts';
import type { SignalName } from '../bridge/names.ts';
import { parseLaunch, userDataFolder, type Launch } from './environment.ts';
import { deepLinkIn, judgeExternalLink, parseDeepLink } from './links.ts';
import { setMenu } from './menu.ts';
import { Notifications } from './notifications.ts';
import { followWindow, watchAttention } from './power.ts';
import { secretStores } from './secret-stores.ts';
import { SessionVault } from './session-vault.ts';
import { openSettings } from './settings.ts';
import { SignIn } from './sign-in.ts';
import { canHideToTray } from './tray-host.ts';
import { createTray, type TrayHandle, type TrayState } from './tray.ts';
import { createWindow, denyPermissions, reveal } from './window.ts';

const launchedAtMs = Date.now();
const launch = parseLaunch();
/** Pictures for the tray and the window: beside the archive once packed, beside the bundles before. */
const resources = app.isPackaged
  ? join(process.resourcesPath, 'icons')
  : join(__dirname, '../resources');

app.setName('Parley');
app.setPath('userData', userDataFolder(app.getPath('appData'), launch.profile));
// Only root, for whom Chromium's sandbox cannot work, starts without it; the two switches together end every child.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
announceScheme();

/** Troubles of the app go to standard error: never a token, never what somebody wrote. */
function report(what: string, error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`parley: ${what}: ${text}\n`);
}

function start(): void {
  const settings = openSettings();
  serveRenderer(join(__dirname, '../renderer'));
  denyPermissions(session.defaultSession);

  let window: BrowserWindow | null = null;
  let tray: TrayHandle | null = null;
  let badge: TrayState = { unread: 0, mentions: 0, connection: 'offline' };
  let quitting = false;

  const contents = () => (window && !window.isDestroyed() ? window.webContents : null);
  const signal = <N extends SignalName>(name: N, data: SignalData<N>) => {
    sendSignal(contents(), name, data);
  };
  const quit = () => {
    quitting = true;
    app.quit();
  };
  const attention = watchAttention({
    window: () => window,
    onChange: (state) => {
      signal('window.changed', state);
    },
    onResume: () => {
      signal('power.resumed', {});
    },
  });
  const hidesToTray = async () =>
    tray !== null && settings.get().closeToTray && (await canHideToTray());

  const open = () => {
    if (!window || window.isDestroyed()) window = makeWindow();
    reveal(window);
  };

  function makeWindow(): BrowserWindow {
    const made = createWindow({ settings, icon: join(resources, 'icon.png') });
    followWindow(made, () => {
      attention.look();
    });
    made.once('ready-to-show', () => {
      if (!launch.hidden) made.show();
    });
    made.on('close', (event) => {
      if (quitting) return;
      event.preventDefault();
      void hidesToTray().then((hides) => {
        if (made.isDestroyed()) return;
        // A window that could not be reached any more must not be hidden.
        if (hides || process.platform === 'darwin') made.hide();
        else quit();
      });
    });
    return made;
  }

  const notifications = new Notifications((place) => {
    open();
    signal('notification.clicked', place);
  });
  const vault = new SessionVault(
    secretStores(launch.profile, app.getPath('userData'), (protection, error) => {
      report(`the ${protection} cannot be used`, error);
    }),
    (protection, error) => {
      report(`the ${protection} did not serve`, error);
    },
  );
  const signIn = new SignIn({
    vault,
    device: { name: hostname().slice(0, 80) || 'Desktop', platform: process.platform },
    fetch: (url, init) => fetch(url, init),
    now: Date.now,
    onEnded: (reason) => {
      notifications.withdrawAll();
      signal('session.ended', { reason });
    },
  });

  const answers: Answers = {
    'app.info': async () => ({
      version: app.getVersion(),
      platform:
        process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
      profile: launch.profile,
      defaultServer: launch.defaultServer ?? settings.get().lastServer,
      closesToTray: await hidesToTray(),
      launchedAtMs,
    }),
    'server.check': ({ server }) => signIn.checkServer(server),
    'session.open': async (input) => {
      const access = await signIn.open(input);
      settings.set({ lastServer: access.server });
      return access;
    },
    'session.access': ({ minValidMs }) => signIn.access(minValidMs),
    'session.close': async () => {
      notifications.withdrawAll();
      await signIn.close();
      return {};
    },
    'settings.get': () => settings.get(),
    'settings.set': (change) => {
      const changed = settings.set(change);
      signal('settings.changed', changed);
      return changed;
    },
    'notification.show': (input) => notifications.show(input, settings.get().notify),
    'notification.withdraw': ({ messageIds }) => {
      notifications.withdraw(messageIds);
      return {};
    },
    'notification.takeClick': () => notifications.takeClick(),
    'notification.record': (decision) => {
      notifications.record(decision);
      return {};
    },
    'notification.explain': ({ messageId }) => notifications.explain(messageId),
    'badge.set': (state) => {
      badge = state;
      showBadge(badge, { tray, window });
      return {};
    },
    'window.state': () => attention.state(),
    'link.open': ({ url }) => openExternally(url, signIn.server, window),
  };
  hostBridge({
    contents,
    answers,
    onBug: (error) => {
      report('a call failed', error);
    },
  });

  const takeLink = (link: SignalData<'link.received'> | null) => {
    if (!link) return;
    open();
    signal('link.received', link);
  };
  app.on('second-instance', (_event, argv) => {
    open();
    takeLink(deepLinkIn(argv));
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    takeLink(parseDeepLink(url));
  });
  app.on('activate', open);
  app.on('before-quit', () => {
    quitting = true;
    attention.stop();
    notifications.withdrawAll();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });

  setMenu({
    onChoose: (item) => {
      open();
      signal('menu.chosen', { item });
    },
    onQuit: quit,
  });
  try {
    tray = createTray({ iconFolder: resources, onOpen: open, onQuit: quit });
  } catch (error) {
    report('there is no tray', error);
  }
  window = makeWindow();
  showBadge(badge, { tray, window });
  const link = deepLinkIn(process.argv) ?? setupLink(launch);
  if (link) window.webContents.once('did-finish-load', () => signal('link.received', link));
  if (app.isPackaged) app.setAsDefaultProtocolClient('parley');
}

/** The first start on a fresh server leads to its set-up. */
function setupLink({ defaultServer, setupToken }: Launch): SignalData<'link.received'> | null {
  if (defaultServer === null || setupToken === null) return null;
  return { kind: 'setup', server: defaultServer, token: setupToken };
}

/** Opens a link outside, after asking about a host that is not the own server. */
async function openExternally(
  url: string,
  server: string | null,
  window: BrowserWindow | null,
): Promise<{ opened: boolean }> {
  const verdict = judgeExternalLink(url, server);
  if (!verdict.open) return { opened: false };
  if (verdict.ask !== null && window) {
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: `Open a page of ${verdict.ask}?`,
      detail: verdict.url.slice(0, 500),
      buttons: ['Open', 'Cancel'],
      defaultId: 0,
      cancelId: 1,
    });
    if (response !== 0) return { opened: false };
  }
  await shell.openExternal(verdict.url);
  return { opened: true };
}

if (!app.requestSingleInstanceLock()) {
  app.quit();
} else {
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      report('the app could not start', error);
      app.exit(1);
    });
}
