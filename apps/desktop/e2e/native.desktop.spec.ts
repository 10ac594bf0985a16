import { readFile } from 'node:fs/promises';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, test } from '@playwright/test';
import type { RawBridge } from '../src/bridge/bridge.ts';
import { PackedApp, packedExecutable } from './support/packed-app.ts';
import { TestDesktop } from './support/session-bus.ts';

declare global {
  interface Window {
    parleyBridge: RawBridge;
  }
}

const channelId = '01900000-0000-7000-8000-00000000000a';
const messageId = '01900000-0000-7000-8000-00000000000b';

let desktop: TestDesktop;
let app: PackedApp;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});
test.beforeEach(async () => {
  app = await PackedApp.launch({ profile: `native-${Date.now()}` });
});
test.afterEach(async () => {
  await app.quit();
});

const call = (name: string, input: object) =>
  app.page.evaluate(([callName, callInput]) => window.parleyBridge.call(callName, callInput), [
    name,
    input,
  ] as const);
const windowState = async () =>
  (await call('window.state', {})) as { ok: true; output: { visible: boolean } };

test('a notification has title and text, its click is kept, and reading withdraws it', async () => {
  const request = { messageId, channelId, title: 'Ada in #general', body: 'Tea? ☕', silent: true };
  const before = desktop.shown.length;
  expect(await call('notification.show', request)).toEqual({
    ok: true,
    output: { shown: true, reason: 'shown' },
  });
  await expect.poll(() => desktop.shown.length).toBe(before + 1);
  const shown = desktop.shown.at(-1);
  expect(shown).toMatchObject({ title: 'Ada in #general', body: 'Tea? ☕', closed: false });
  expect(await call('notification.show', request)).toMatchObject({
    output: { shown: false, reason: 'already_shown' },
  });
  if (shown) desktop.click(shown);
  await app.page.reload();
  await expect
    .poll(() => call('notification.takeClick', {}))
    .toEqual({ ok: true, output: { channelId, messageId } });
  const other = { ...request, messageId: channelId };
  await call('notification.show', other);
  await expect.poll(() => desktop.shown.length).toBe(before + 2);
  await call('notification.withdraw', { messageIds: [channelId] });
  await expect.poll(() => desktop.shown.at(-1)?.closed).toBe(true);
  expect(await call('notification.explain', { messageId })).toMatchObject({
    output: { decisions: [{ reason: 'shown' }, { reason: 'already_shown' }] },
  });
});

test('closing keeps Parley in the tray, the icon brings it back, and its menu quits', async () => {
  await expect.poll(() => desktop.trayItems.length).toBeGreaterThan(0);
  await expect.poll(async () => (await windowState()).output.visible).toBe(true);
  app.pressKeys('ctrl+w');
  await expect.poll(async () => (await windowState()).output.visible).toBe(false);
  expect(app.isRunning).toBe(true);
  await call('badge.set', { unread: 3, mentions: 2, connection: 'online' });
  await expect.poll(() => desktop.trayTooltip()).toContain('2 for you');
  await desktop.activateTray();
  await expect.poll(async () => (await windowState()).output.visible).toBe(true);
  await desktop.chooseFromTrayMenu('Quit');
  await expect.poll(() => app.isRunning).toBe(false);
});

test('a second start shows the window of the first', async () => {
  app.pressKeys('ctrl+w');
  await expect.poll(async () => (await windowState()).output.visible).toBe(false);
  const profile = app.userData.replace(/^.*Parley-/, '');
  await expect(PackedApp.launch({ profile })).rejects.toThrow();
  await expect.poll(async () => (await windowState()).output.visible).toBe(true);
});

test('the page runs nothing but its own scripts, goes nowhere, and asks only what it may', async () => {
  const ran = await app.page.evaluate(async () => {
    const inline = document.createElement('script');
    inline.textContent = 'window.ranInline = true';
    document.head.append(inline);
    const remote = document.createElement('script');
    const failed = new Promise((resolve) => {
      remote.onerror = () => {
        resolve('refused');
      };
      remote.onload = () => {
        resolve('loaded');
      };
    });
    remote.src = 'http://127.0.0.1:9/x.js';
    document.head.append(remote);
    // Not within evaluate(), which the debugger exempts from the policy.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- that it is refused is what is tested
    setTimeout('window.ranEvaluated = true', 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return {
      inline: 'ranInline' in window,
      remote: await failed,
      evaluated: 'ranEvaluated' in window,
      node: typeof require,
    };
  });
  expect(ran).toEqual({
    inline: false,
    remote: 'refused',
    evaluated: false,
    node: 'undefined',
  });
  await app.page.evaluate(() => {
    window.location.href = 'https://example.com/';
  });
  expect(await app.page.evaluate(() => window.open('https://example.com/') === null)).toBe(true);
  expect(app.page.url()).toMatch(/^app:\/\/parley\//);
  const refused = await app.page.evaluate(() =>
    window.parleyBridge.call('app.quit', {}).then(
      () => 'answered',
      () => 'refused',
    ),
  );
  expect(refused).toBe('refused');
  expect(await call('link.open', { url: 'file:///etc/passwd' })).toEqual({
    ok: true,
    output: { opened: false },
  });
  expect(await call('settings.set', { theme: 'purple' })).toMatchObject({
    ok: false,
    error: { code: 'invalid_input' },
  });
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
