import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  app,
  dialog,
  globalShortcut,
  Menu,
  nativeImage,
  Notification,
  powerMonitor,
  safeStorage,
  session,
  shell,
  Tray,
  utilityProcess,
  type BrowserWindow,
} from 'electron';
import type { SignalData } from '../bridge/bridge.ts';
import type { SignalName } from '../bridge/names.ts';
import type { Policy } from '../bridge/settings.ts';
import { Accounts } from './accounts.ts';
import { AppWindow, type FirstWindow } from './app-window.ts';
import { showBadge } from './badge.ts';
import { answersOf, type SettingsChange } from './answers.ts';
import { hostBridge, ownBridge, type CallListener } from './bridge-host.ts';
import { openConnections } from './connections.ts';
import { DecisionLedger } from './decision-ledger.ts';
import { Downloads } from './downloads.ts';
import { parseLaunch, type Launch } from './environment.ts';
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
import { openLedgerStore, openUpdateStore } from './settings-store.ts';
import type { SettingsFile } from './settings.ts';
import { repeatedly } from './repeatedly.ts';
import { Standby } from './standby.ts';
import { dictionaryServer, Spelling } from './spelling.ts';
import { canHideToTray } from './tray-host.ts';
import { offerTasks } from './taskbar.ts';
import { createTray, nothingUnread, type TrayHandle, type TrayState } from './tray.ts';
import type { Begun } from './updates/first-start.ts';
import { openUpdates } from './updates/open-updates.ts';
import { Vaults } from './vaults.ts';
import { WindowRelease } from './window-release.ts';

/** The longest message that a server takes. */
const maxReply = 16_000;
/** A keyring that is back is seen within this. */
const settleEveryMs = 5 * 60_000;
const schemeAfterMs = 5_000;

/** What the start has made out and opened. */
export type Opened = {
  launch: Launch;
  launchedAtMs: number;
  policy: Policy;
  begun: Begun;
  settings: SettingsFile;
  /** Pictures for the tray and the window. */
  resources: string;
  firstWindow: FirstWindow;
  makeWindow: () => BrowserWindow;
};

/** What comes from outside while the app runs. */
export type Desktop = {
  /** A call of the page. */
  answerCall: CallListener;
  /** A link that the system hands over. */
  openUrl: (url: string) => void;
  /** Somebody has started the app once more, with these arguments. */
  startedAgain: (argv: readonly string[]) => void;
};

/** What the app is beside its page, put together. */
export function runDesktop(opened: Opened): Desktop {
  const { launch, policy, begun, settings, resources } = opened;
  const { certificates, network } = openConnections({
    session,
    settings,
    policy,
    onCertificate: (host, refused) => {
      signal('certificate.changed', { host, refused });
    },
  });

  let quitting = false;
  const quit = () => {
    quitting = true;
    app.quit();
  };
  const window = new AppWindow({
    make: opened.makeWindow,
    beginsHidden: async () => (launch.hidden || update.startsHidden) && (await hasTray()),
    // A window that could not be reached any more must not be hidden.
    closingHides: async () => process.platform === 'darwin' || (await hidesToTray()),
    isQuitting: () => quitting,
    quit,
    beforePage: () => {
      standby.stop();
    },
    onMade: (made) => {
      followWindow(made, () => {
        attention.look();
      });
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
  const downloads = new Downloads({
    session: session.defaultSession,
    folder: () => app.getPath('downloads'),
    showInFolder: (path) => {
      shell.showItemInFolder(path);
    },
    onEnded: (ended) => {
      signal('download.ended', ended);
    },
    onTrouble: report,
  });
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
      launchedAtMs: opened.launchedAtMs,
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
    downloads,
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
  const answerCall = hostBridge({
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
  const follow = (link: DeepLink | null) => {
    open();
    sendLink(link);
  };
  const writeMessage = () => {
    open();
    window.signalSoon('menu.chosen', { item: 'newMessage' });
  };
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
          follow({ kind: 'channel', server, channelId });
        },
        choose,
        quit,
      },
    });
  } catch (error) {
    report('there is no tray', error);
  }
  window.begin(opened.firstWindow);
  updates.start();
  badge(nothingUnread);
  sendLink(deepLinkIn(process.argv) ?? setupLink(launch));
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
  return {
    answerCall,
    openUrl: (url) => {
      follow(parseDeepLink(url));
    },
    startedAgain: (argv) => {
      const again = parseLaunch(argv, {});
      if (again.newMessage) writeMessage();
      else follow(deepLinkIn(argv) ?? setupLink(again));
    },
  };
}
