import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extractFile } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, test } from '@playwright/test';
import { messages } from '../src/renderer/messages.ts';
import { ForeignSite } from './support/foreign-site.ts';
import { PackedApp, packedExecutable, pressAnywhere } from './support/packed-app.ts';
import { TestDesktop } from './support/session-bus.ts';

const account = {
  server: 'https://chat.example.com',
  userId: '01900000-0000-7000-8000-000000000002',
};
const channelId = '01900000-0000-7000-8000-00000000000a';
const messageId = '01900000-0000-7000-8000-00000000000b';

let desktop: TestDesktop;
let profile: string;
let app: PackedApp;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});
test.beforeEach(async () => {
  profile = `native-${Date.now()}`;
  app = await PackedApp.launch({ profile });
});
test.afterEach(async () => {
  await app.quit();
});

/** Closes the window, which keeps the app in the tray. */
async function hide(): Promise<void> {
  await expect.poll(() => app.isVisible()).toBe(true);
  app.pressKeys('ctrl+w');
  await expect.poll(() => app.isVisible()).toBe(false);
}

test('a notification has title and text, its click shows the window and is kept, and reading withdraws it', async () => {
  const body = 'Tea & <b>cake</b>? ☕';
  const about = {
    account,
    messageId,
    channelId,
    number: 1,
    threadRootId: null,
    threadNumber: null,
  };
  const request = { ...about, title: 'Ada in #general', body, silent: true };
  const before = desktop.shown.length;
  expect(await app.call('notification.show', request)).toEqual({
    ok: true,
    output: { shown: true, reason: 'shown' },
  });
  await expect.poll(() => desktop.shown.length).toBe(before + 1);
  const shown = desktop.shown.at(-1);
  expect(shown).toMatchObject({
    title: 'Ada in #general',
    // The desktop reads markup: what somebody wrote must not become any.
    body: 'Tea &amp; &lt;b&gt;cake&lt;/b&gt;? ☕',
    closed: false,
  });
  expect(await app.call('notification.show', request)).toMatchObject({
    output: { shown: false, reason: 'already_shown' },
  });
  await hide();
  if (shown) desktop.click(shown);
  await expect.poll(() => app.isVisible()).toBe(true);
  await app.page.reload();
  await expect
    .poll(() => app.call('notification.takeClick', {}))
    .toEqual({ ok: true, output: { account, channelId, messageId } });
  const other = { ...request, messageId: channelId };
  await app.call('notification.show', other);
  await expect.poll(() => desktop.shown.length).toBe(before + 2);
  await app.call('notification.withdraw', { account, messageIds: [channelId] });
  await expect.poll(() => desktop.shown.at(-1)?.closed).toBe(true);
  expect(await app.call('notification.explain', { account, messageId })).toMatchObject({
    output: { decisions: [{ reason: 'shown' }, { reason: 'already_shown' }] },
  });
});

test('notifications can be tried, and what holds them back is known', async () => {
  const before = desktop.shown.length;
  const asked = { title: 'Notifications work', body: 'This is how & where' };
  expect(await app.call('notification.test', asked)).toEqual({
    ok: true,
    output: { shown: true, reason: 'shown' },
  });
  await expect.poll(() => desktop.shown.length).toBe(before + 1);
  expect(desktop.shown.at(-1)).toMatchObject({
    title: 'Notifications work',
    body: 'This is how &amp; where',
  });
  expect(await app.call('notification.check', {})).toEqual({ ok: true, output: { blockers: [] } });
});

test('closing keeps Parley in the tray, which shows what is unread; the icon brings it back, and its menu quits', async () => {
  await expect.poll(() => desktop.trayItems.length).toBeGreaterThan(0);
  await hide();
  expect(app.isRunning).toBe(true);
  const pictures = new Set<string>();
  for (const [unread, mentions, quiet, words] of [
    [0, 0, null, '"Parley"'],
    [3, 0, null, '3 unread'],
    [3, 2, null, '2 for you'],
    [3, 2, 'do_not_disturb', 'do not disturb'],
  ] as const) {
    const recent = [{ server: account.server, channelId, title: '#general' }];
    await app.call('badge.set', { unread, mentions, quiet, recent, connection: 'online' });
    await expect.poll(() => desktop.trayTooltip()).toContain(words);
    pictures.add(await desktop.trayPicture());
  }
  expect(pictures.size).toBe(4);
  await desktop.activateTray();
  await expect.poll(() => app.isVisible()).toBe(true);
  await desktop.chooseFromTrayMenu('Quit');
  await expect.poll(() => app.isRunning).toBe(false);
});

test('starting with the computer is an entry for the system, taken away again', async () => {
  const file = join(app.userData, '..', 'autostart', `parley-${profile}.desktop`);
  await app.call('settings.set', { openAtLogin: true });
  expect(await readFile(file, 'utf8')).toContain('"--hidden"');
  await app.call('settings.set', { openAtLogin: false });
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});

test('an administrator names the only server, and nothing is asked of any other', async () => {
  await app.quit();
  const site = await ForeignSite.start();
  const folder = await mkdtemp(join(tmpdir(), 'parley-policy-'));
  const policyFile = join(folder, 'policy.json');
  const only = 'https://chat.example.com';
  await writeFile(
    policyFile,
    JSON.stringify({ server: only, onlyServer: true, openAtLogin: true }),
  );
  app = await PackedApp.launch({ profile, environment: { PARLEY_POLICY_FILE: policyFile } });
  expect(await app.call('app.info', {})).toMatchObject({
    output: { defaultServer: only, policy: { server: only, onlyServer: true, openAtLogin: true } },
  });
  expect(await app.call('server.check', { server: site.url })).toMatchObject({
    ok: false,
    error: { code: 'forbidden', reason: 'policy' },
  });
  expect(site.requests).toEqual([]);
  const field = app.page.getByLabel(messages.signIn.server);
  await expect(field).toHaveValue(only);
  await expect(field).toHaveAttribute('readonly');
  await expect
    .poll(async () => (await app.call('settings.get', {})) as object)
    .toMatchObject({ output: { openAtLogin: true } });
  await app.call('settings.set', { openAtLogin: false });
  expect(await app.call('settings.get', {})).toMatchObject({ output: { openAtLogin: true } });
  await rm(folder, { recursive: true });
  await site.stop();
});

test('keys of the person show the window from anywhere, and hide it; keys that are taken are refused', async () => {
  const summonKeys = 'Control+Alt+P';
  expect(await app.call('settings.set', { summonKeys })).toMatchObject({ output: { summonKeys } });
  expect(await app.call('settings.set', { pauseKeys: summonKeys })).toMatchObject({
    ok: false,
    error: { code: 'conflict', reason: 'keys_taken' },
  });
  expect(await app.call('settings.set', { pauseKeys: 'P' })).toMatchObject({ ok: false });
  expect(await app.call('settings.get', {})).toMatchObject({
    output: { summonKeys, pauseKeys: null },
  });
  await hide();
  pressAnywhere('ctrl+alt+p');
  await expect.poll(() => app.isVisible()).toBe(true);
  await app.quit();
  app = await PackedApp.launch({ profile });
  await hide();
  pressAnywhere('ctrl+alt+p');
  await expect.poll(() => app.isVisible()).toBe(true);
});

test('a second start shows the window of the first', async () => {
  await hide();
  await expect(PackedApp.launch({ profile })).rejects.toThrow();
  await expect.poll(() => app.isVisible()).toBe(true);
});

test('the window opens where it was, unless that screen is gone', async () => {
  const where = () => app.page.evaluate(() => [screenX, screenY, outerWidth, outerHeight]);
  await expect.poll(() => app.isVisible()).toBe(true);
  app.place({ x: 120, y: 90, width: 900, height: 650 });
  await expect.poll(where).toEqual([120, 90, 900, 650]);
  await app.quit();
  app = await PackedApp.launch({ profile });
  await expect.poll(where).toEqual([120, 90, 900, 650]);
  await app.quit();
  const file = join(app.userData, 'settings.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/"x": 120/, '"x": 5000'));
  app = await PackedApp.launch({ profile });
  await expect.poll(async () => (await where()).slice(2)).toEqual([900, 650]);
  expect((await where())[0]).toBeLessThan(1_000);
});

test('settings outlive a start, a broken value and a broken file', async () => {
  await app.call('settings.set', { theme: 'dark', sidebarWidth: 300 });
  await app.quit();
  const file = join(PackedApp.userDataOf(profile), 'settings.json');
  const content = await readFile(file, 'utf8');
  await writeFile(file, content.replace('"dark"', '"purple"'));
  app = await PackedApp.launch({ profile });
  expect(await app.call('settings.get', {})).toMatchObject({
    output: { theme: 'system', sidebarWidth: 300 },
  });
  await app.quit();
  await mkdir(PackedApp.userDataOf(profile), { recursive: true });
  await writeFile(file, '{"settings": {"theme');
  app = await PackedApp.launch({ profile });
  expect(await app.call('settings.get', {})).toMatchObject({
    output: { theme: 'system', sidebarWidth: 264 },
  });
});

test('the page runs nothing but its own scripts, goes nowhere, and asks only what it may', async () => {
  const site = await ForeignSite.start();
  try {
    const ran = await app.page.evaluate(async (foreign) => {
      const inline = document.createElement('script');
      inline.textContent = 'window.ranInline = true';
      document.head.append(inline);
      const remote = document.createElement('script');
      const settled = new Promise((resolve) => {
        remote.onerror = () => {
          resolve('refused');
        };
        remote.onload = () => {
          resolve('loaded');
        };
      });
      remote.src = `${foreign}/x.js`;
      document.head.append(remote);
      document.body.insertAdjacentHTML(
        'beforeend',
        '<img src="x:" onerror="window.ranHandler = 1">',
      );
      document.body.insertAdjacentHTML('beforeend', `<iframe src="${foreign}/frame"></iframe>`);
      const fetched = await fetch(`${foreign}/data`).then(
        () => 'fetched',
        () => 'refused',
      );
      const imported = await import(`${foreign}/module.js`).then(
        () => 'loaded',
        () => 'refused',
      );
      // Not called within evaluate(), which the debugger exempts from the policy.
      Reflect.apply(setTimeout, window, ['window.ranEvaluated = true', 0]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return {
        remote: await settled,
        fetched,
        imported,
        opened: window.open(`${foreign}/popup`) !== null,
        marks: Object.keys(window).filter((key) => key.startsWith('ran')),
        node: [typeof require, typeof process, 'electron' in window],
      };
    }, site.url);
    expect(ran).toEqual({
      remote: 'refused',
      fetched: 'refused',
      imported: 'refused',
      opened: false,
      marks: [],
      node: ['undefined', 'undefined', false],
    });
    await app.page.evaluate((foreign) => {
      window.location.href = `${foreign}/page`;
    }, site.url);
    // By the time that this has come back, the other one would have been under way.
    await app.page.reload();
    expect(app.page.url()).toMatch(/^app:\/\/parley\//);
    expect(site.requests).toEqual([]);
  } finally {
    await site.stop();
  }
});

test('the app answers no page that asks for what there is not, or for what may not be', async () => {
  const refused = await app.page.evaluate(() =>
    window.parleyBridge.call('app.quit', {}).then(
      () => 'answered',
      () => 'refused',
    ),
  );
  expect(refused).toBe('refused');
  expect(await app.call('link.open', { url: 'file:///etc/passwd' })).toEqual({
    ok: true,
    output: { opened: false },
  });
  expect(await app.call('settings.set', { theme: 'purple' })).toMatchObject({
    ok: false,
    error: { code: 'invalid_input' },
  });
  const asked = await app.page.evaluate(async () => {
    const stateOf = async (name: string) =>
      (await navigator.permissions.query({ name: name as PermissionName })).state;
    const position = new Promise((resolve) => {
      navigator.geolocation.getCurrentPosition(
        () => resolve('given'),
        ({ code }) => resolve(code),
      );
    });
    return {
      notify: await Notification.requestPermission(),
      states: await Promise.all(['camera', 'microphone', 'geolocation'].map(stateOf)),
      position: await position,
    };
  });
  const permissionDenied = 1;
  expect(asked).toEqual({
    notify: 'denied',
    states: ['denied', 'denied', 'denied'],
    position: permissionDenied,
  });
  // Only what is bundled is to be had from the app's own origin.
  const status = (path: string) =>
    app.page.evaluate((address) => fetch(address).then((answer) => answer.status), path);
  expect(await status('app://parley/index.html')).toBe(200);
  expect(await status('app://parley/..%2fmain%2fmain.cjs')).toBe(404);
  expect(await status('app://parley/%2e%2e%2f%2e%2e%2fpackage.json')).toBe(404);
});

test('what the window does not need is loaded after it', () => {
  const archive = join(dirname(packedExecutable), 'resources/app.asar');
  const source = (file: string) => extractFile(archive, `dist/main/${file}`).toString('utf8');
  const inMain = source('main.cjs');
  const later = source('desktop.cjs');
  expect(inMain).not.toMatch(/node_modules\/(?:electron-updater|markdown-it)\//);
  expect(later).toMatch(/node_modules\/markdown-it\//);
  // Nor does the rest of main need what replaces the app.
  expect(later).not.toMatch(/node_modules\/electron-updater\//);
  expect(source('installing-engine.cjs')).toMatch(/node_modules\/electron-updater\//);
});

test('the binary that is shipped has its fuses set', async () => {
  const fuses = await getCurrentFuseWire(packedExecutable);
  const isOn = (option: FuseV1Options) => fuses[option] === FuseState.ENABLE;
  expect(isOn(FuseV1Options.RunAsNode)).toBe(false);
  expect(isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable)).toBe(false);
  expect(isOn(FuseV1Options.EnableNodeCliInspectArguments)).toBe(false);
  expect(isOn(FuseV1Options.OnlyLoadAppFromAsar)).toBe(true);
  expect(isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation)).toBe(true);
  expect(isOn(FuseV1Options.EnableCookieEncryption)).toBe(true);
});

test('the preload needs nothing but Electron', async () => {
  const preload = await readFile(new URL('../dist/preload/preload.cjs', import.meta.url), 'utf8');
  const needed = [...preload.matchAll(/require\(["']([^"']+)["']\)/g)].map(([, name]) => name);
  expect([...new Set(needed)]).toEqual(['electron']);
});
