import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeImage,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron';
import { Accounts } from './accounts.ts';
import { announceScheme, serveRenderer } from './app-protocol.ts';
import { AppWindow } from './app-window.ts';
import { showBadge } from './badge.ts';
import { answersOf, type SettingsChange } from './answers.ts';
import { hostBridge, ownBridge } from './bridge-host.ts';
import { openConnections } from './connections.ts';
import type { Policy, SignalData } from '../bridge/bridge.ts';
import type { SignalName } from '../bridge/names.ts';
import { DecisionLedger } from './decision-ledger.ts';
import { parseLaunch, userDataFolder } from './environment.ts';
import { openExternally } from './external-links.ts';
import { GlobalShortcuts } from './global-shortcuts.ts';
import { deepLinkIn, parseDeepLink, setupLink, type DeepLink } from './links.ts';
import { followLoginPolicy, setOpenAtLogin } from './login-item.ts';
import { setMenu } from './menu.ts';
import { findBlockers } from './notification-check.ts';
import { notificationText } from './notification-text.ts';
import { Notifications } from './notifications.ts';
import { followWindow, watchAttention } from './power.ts';
import { report } from './report.ts';
import { askSessionBus } from './session-bus.ts';
import { openLedgerStore, openSettingsStore, openUpdateStore } from './settings-store.ts';
import { openSettings } from './settings.ts';
import { repeatedly } from './repeatedly.ts';
import { Standby } from './standby.ts';
import { readSystemPolicy } from './system-policy.ts';
import { dictionaryServer, Spelling } from './spelling.ts';
import { canHideToTray } from './tray-host.ts';
import { offerTasks } from './taskbar.ts';
import { createTray, nothingUnread, type TrayHandle, type TrayState } from './tray.ts';
import { beginStart, type Begun } from './updates/first-start.ts';
import { openUpdates } from './updates/open-updates.ts';
import { Vaults } from './vaults.ts';
import { WindowRelease } from './window-release.ts';
import { createWindow, denyPermissions } from './window.ts';

const launchedAtMs = Date.now();
/** The longest message that a server takes. */
const maxReply = 16_000;
/** A keyring that is back is seen within this. */
const settleEveryMs = 5 * 60_000;
const schemeAfterMs = 5_000;
const launch = parseLaunch();
/** Pictures for the tray and the window: beside the archive once packed, beside the bundles before. */
const resources = app.isPackaged
  ? join(process.resourcesPath, 'icons')
  : join(__dirname, '../resources');

app.setName('Parley');
app.setPath('userData', userDataFolder(app.getPath('appData'), launch.profile));
// Only root, for whom Chromium's sandbox cannot work, starts without it; the two switches together end every child.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
announceScheme(protocol);

/** macOS may hand over a link before the app is ready, which is then the one to begin with. */
let earlyLink: DeepLink | null = null;
let onLink = (link: DeepLink | null) => {
  earlyLink = link;
};

function start(policy: Policy, begun: Begun): void {
  const settings = openSettings(openSettingsStore());
  const { certificates, network } = openConnections({
    session,
    settings,
    policy,
    onCertificate: (host, refused) => {
      signal('certificate.changed', { host, refused });
    },
  });
  serveRenderer(protocol, join(__dirname, '../renderer'));
  denyPermissions(session.defaultSession);

  let quitting = false;
  const quit = () => {
    quitting = true;
    app.quit();
  };
  const window = new AppWindow({
    make: makeWindow,
    beginsHidden: async () => (launch.hidden || update.startsHidden) && (await hasTray()),
    // A window that could not be reached any more must not be hidden.
    closingHides: async () => process.platform === 'darwin' || (await hidesToTray()),
    isQuitting: () => quitting,
    quit,
    beforePage: () => {
      standby.stop();
    },
    onMade: () => {
      release.look();
    },
  });
  let tray: TrayHandle | null = null;
  let shownBadge = nothingUnread;

  const signal = <N extends SignalName>(name: N, data: SignalData<N>) => {
    window.signal(name, data);
  };
  const spelling = new Spelling({
    session: session.defaultSession,
    platform: process.platform,
    systemLanguages: () => app.getPreferredSystemLanguages(),
    onMissing: () => {
      signal('spelling.changed', {});
    },
  });
  const checkSpelling = () => {
    spelling.apply(settings.get(), dictionaryServer(settings.get(), policy));
  };
  checkSpelling();
  const picture = (name: string) => nativeImage.createFromPath(join(resources, name));
  const overlays =
    process.platform === 'win32'
      ? { unread: picture('overlay-unread.png'), mentions: picture('overlay-mentions.png') }
      : null;
  const badge = (state: TrayState) => {
    shownBadge = state;
    showBadge(state, { app, tray, window: window.current, overlays });
  };
  const attention = watchAttention({
    monitor: powerMonitor,
    window: () => window.current,
    onChange: (state) => {
      signal('window.changed', state);
      release.look();
    },
    onResume: () => {
      // What was open before a sleep is dead and does not look it: a refresh would wait for it in vain.
      void network.closeAllConnections();
      spelling.retry();
      signal('power.resumed', {});
      standby.wake();
    },
    now: Date.now,
  });
  const { updates, ...update } = openUpdates({
    app,
    appImage: launch.appImage,
    bundle: __dirname,
    begun,
    store: openUpdateStore(),
    policy,
    settings: () => settings.get(),
    fetch: network.fetch,
    attention,
    signal,
    quit,
    letWindowsClose: () => (quitting = true),
    onTrouble: report,
  });
  const hasTray = async () =>
    tray !== null && (await canHideToTray(process.platform, askSessionBus));
  const hidesToTray = async () => settings.get().closeToTray && (await hasTray());

  const open = () => {
    window.open();
  };

  function makeWindow(): BrowserWindow {
    const made = createWindow({
      electron: { BrowserWindow, clipboard, Menu, screen },
      settings,
      icon: join(resources, 'icon.png'),
      bundles: join(__dirname, '..'),
      now: Date.now,
    });
    followWindow(made, () => {
      attention.look();
    });
    return made;
  }

  const release = new WindowRelease({
    isHidden: () => window.isHidden,
    settings: () => settings.get(),
    afterMs: launch.freeAfterMs,
    canReturn: hasTray,
    ask: () => {
      signal('window.releasing', {});
    },
    now: Date.now,
    random: Math.random,
  });

  const ledger = new DecisionLedger(openLedgerStore());
  const notifications = new Notifications({
    system: Notification,
    ledger,
    text: notificationText(process.platform, askSessionBus),
    now: Date.now,
    onClick: (place) => {
      open();
      signal('notification.clicked', place);
    },
    onReply: (told, text) => {
      window.wake();
      window.signalSoon('notification.replied', { ...told, text: text.slice(0, maxReply) });
    },
    onMarkRead: (told) => {
      window.wake();
      window.signalSoon('notification.markedRead', told);
    },
  });
  const vaults = new Vaults({
    profile: launch.profile,
    folder: app.getPath('userData'),
    safeStorage,
    askSessionBus,
    utilityProcess,
    bundles: join(__dirname, '..'),
    whereabouts: (key) => settings.whereabouts(key),
    report,
  });
  const accounts = new Accounts({
    onlyServer: policy.onlyServer ? policy.server : null,
    vaultOf: (account, onWiped) => vaults.of(account, onWiped),
    device: { name: hostname().slice(0, 80) || 'Desktop', platform: process.platform },
    fetch: network.fetch,
    now: Date.now,
    onEnded: (account, reason) => {
      // Nobody is signed in there: nothing of theirs is left to see.
      notifications.forget(account);
      signal('session.ended', { account, reason });
    },
    onKeeping: (account, keeping) => {
      signal('session.keeping', { account, keeping });
    },
  });
  repeatedly(settleEveryMs, () => accounts.settle(), report);

  const choose = (item: SignalData<'menu.chosen'>['item']) => {
    if (window.isLetGo) standby.choose(item);
    else window.signalSoon('menu.chosen', { item });
  };

  const startAtLogin = (enabled: boolean) =>
    setOpenAtLogin(enabled, {
      platform: process.platform,
      app,
      configFolder: app.getPath('appData'),
      executable: launch.appImage ?? process.execPath,
      profile: launch.profile,
    });
  void followLoginPolicy(policy, settings, startAtLogin, report);

  const shortcuts = new GlobalShortcuts(globalShortcut, {
    summonKeys: () => {
      window.summon(hasTray);
    },
    pauseKeys: () => choose('togglePause'),
  });
  shortcuts.restore(settings.get());

  const changeSettings = async (change: SettingsChange) => {
    const openAtLogin = policy.openAtLogin ?? change.openAtLogin ?? settings.get().openAtLogin;
    // What the system refuses is not kept.
    if (openAtLogin !== settings.get().openAtLogin) await startAtLogin(openAtLogin);
    const { summonKeys = settings.get().summonKeys, pauseKeys = settings.get().pauseKeys } = change;
    shortcuts.apply({ summonKeys, pauseKeys });
    const changed = settings.set({ ...change, openAtLogin });
    checkSpelling();
    signal('settings.changed', changed);
    if (change.updateChannel !== undefined) updates.channelChanged();
    release.look();
    return changed;
  };
  const answers = answersOf({
    info: () => ({
      version: app.getVersion(),
      profile: launch.profile,
      defaultServer: policy.server ?? launch.defaultServer ?? settings.get().lastServer,
      policy,
      launchedAtMs,
    }),
    hasTray,
    update,
    certificates,
    network,
    accounts,
    vaults,
    settings,
    changeSettings,
    notifications,
    attention,
    spelling,
    release,
    findBlockers: () => findBlockers(process.platform, Notification.isSupported(), askSessionBus),
    badge,
    past: (account) => standby.past(account),
    letGo: (handOvers) => {
      if (window.letGo()) standby.start(handOvers, shownBadge.recent);
    },
    openLink: (url) =>
      openExternally(url, { servers: accounts.servers, window: window.current, dialog, shell }),
  });
  hostBridge({
    ipc: ipcMain,
    contents: () => window.contents,
    answers,
    onBug: (error) => report('a call failed', error),
  });

  const standby = new Standby({
    accounts,
    fetch: network.fetch,
    version: app.getVersion(),
    bridge: ownBridge(answers),
    shownOf: (account) => notifications.shownOf(account),
    attention: () => attention.state(),
    showBadge: badge,
    now: Date.now,
    random: Math.random,
    onTrouble: report,
  });

  const sendLink = (link: DeepLink | null) => {
    if (link) window.signalSoon('link.received', link);
  };
  onLink = (link) => {
    open();
    sendLink(link);
  };
  const writeMessage = () => {
    open();
    window.signalSoon('menu.chosen', { item: 'newMessage' });
  };
  app.on('second-instance', (_event, argv) => {
    const again = parseLaunch(argv, {});
    if (again.newMessage) writeMessage();
    else onLink(deepLinkIn(argv) ?? setupLink(again));
  });
  app.on('activate', open);
  app.on('before-quit', () => {
    quitting = true;
    attention.stop();
    updates.stop();
    release.stop();
    standby.stop();
    notifications.withdrawAll();
    ledger.flush();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin' && !window.isLetGo) app.quit();
  });

  setMenu(
    { Menu, app },
    {
      onChoose: (item) => {
        open();
        window.signalSoon('menu.chosen', { item });
      },
      onQuit: quit,
    },
  );
  try {
    tray = createTray({
      electron: { Menu, nativeImage, Tray },
      iconFolder: resources,
      actions: {
        open,
        openConversation: ({ server, channelId }) => {
          onLink({ kind: 'channel', server, channelId });
        },
        choose,
        quit,
      },
    });
  } catch (error) {
    report('there is no tray', error);
  }
  window.begin();
  updates.start();
  badge(nothingUnread);
  sendLink(earlyLink ?? deepLinkIn(process.argv) ?? setupLink(launch));
  if (launch.newMessage) writeMessage();
  offerTasks({
    platform: process.platform,
    app,
    Menu,
    executable: process.execPath,
    profile: launch.profile,
    onNewMessage: writeMessage,
  });
  // On Linux this waits for scripts of the desktop's, and the page for it.
  if (app.isPackaged) setTimeout(() => app.setAsDefaultProtocolClient('parley'), schemeAfterMs);
}

/** The app is the only one of its profile that runs. */
function run(): void {
  const begun = beginStart(app, report);
  if (!begun) return;
  app.on('open-url', (event, url) => {
    event.preventDefault();
    onLink(parseDeepLink(url));
  });
  Promise.all([readSystemPolicy(launch.policyFile, report), app.whenReady()])
    .then(([policy]) => {
      start(policy, begun);
    })
    .catch((error: unknown) => {
      report('the app could not start', error);
      app.exit(1);
    });
}

if (app.requestSingleInstanceLock()) run();
else app.quit();
