import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { app, BrowserWindow, clipboard, ipcMain, Menu, protocol, screen, session } from 'electron';
import { callChannel } from '../bridge/names.ts';
import type { Policy } from '../bridge/settings.ts';
import { announceScheme, firstFilesArrived, serveRenderer } from './app-protocol.ts';
import type { Desktop } from './desktop.ts';
import { parseLaunch, userDataFolder } from './environment.ts';
import { loadNoDictionary } from './no-dictionary.ts';
import { report } from './report.ts';
import { openSettingsStore } from './settings-store.ts';
import { openSettings } from './settings.ts';
import { readSystemPolicy } from './system-policy.ts';
import { beginStart, type Begun } from './updates/first-start.ts';
import { createWindow, denyPermissions, readyToShow } from './window.ts';
import { doWithoutFinalizers } from './without-finalizers.ts';

doWithoutFinalizers();

const launchedAtMs = Date.now();
/** A page that does not get so far by then is no reason to wait. */
const pageWithinMs = 1_000;
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
// Electron would make a menu of its own first.
Menu.setApplicationMenu(null);

/**
 * What the app is beside its page. It is loaded and put together while the page compiles its own script, and whatever
 * comes from outside waits for it.
 */
const desktop = new Promise<Desktop>((resolve) => {
  if (app.requestSingleInstanceLock()) run(resolve);
  else app.quit();
});

/** The page asks for something: it has all that it runs by. */
let pageRuns: () => void = () => undefined;
const pageRunning = new Promise<void>((resolve) => (pageRuns = resolve));

/** The app is the only one of its profile that runs. */
function run(ready: (desktop: Desktop) => void): void {
  const begun = beginStart(app, report);
  if (!begun) return;
  app.on('open-url', (event, url) => {
    event.preventDefault();
    void desktop.then(({ openUrl }) => {
      openUrl(url);
    });
  });
  app.on('second-instance', (_event, argv) => {
    void desktop.then(({ startedAgain }) => {
      startedAgain(argv);
    });
  });
  ipcMain.handle(callChannel, async (...call) => {
    pageRuns();
    return (await desktop).answerCall(...call);
  });
  Promise.all([readSystemPolicy(launch.policyFile, report), app.whenReady()])
    .then(([policy]) => start(policy, begun))
    .then(ready)
    .catch((error: unknown) => {
      report('the app could not start', error);
      app.exit(1);
    });
}

async function start(policy: Policy, begun: Begun): Promise<Desktop> {
  const settings = openSettings(openSettingsStore());
  loadNoDictionary(session.defaultSession, process.platform);
  denyPermissions(session.defaultSession);
  serveRenderer(protocol, join(__dirname, '../renderer'));
  const filesArrived = firstFilesArrived(session.defaultSession.webRequest);
  const makeWindow = () =>
    createWindow({
      electron: { BrowserWindow, clipboard, Menu, screen },
      settings,
      icon: join(resources, 'icon.png'),
      bundles: join(__dirname, '..'),
      now: Date.now,
    });
  const window = makeWindow();
  const firstWindow = { window, isReady: readyToShow(window) };
  // The page gets its files from this process: what keeps that busy comes after them.
  await Promise.race([filesArrived, pageRunning, delay(pageWithinMs)]);
  const { runDesktop } = await import('./desktop.ts');
  return runDesktop({
    ...{ launch, launchedAtMs, policy, begun, settings, resources },
    ...{ firstWindow, makeWindow },
  });
}
