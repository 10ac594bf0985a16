import { randomUUID } from 'node:crypto';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { messages } from '../src/renderer/messages.ts';
import { call, type RealServer } from '../test/server.ts';
import { expect, test, timed } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person, reconnectedWithinMs } from './support/person.ts';
import { TestDesktop } from './support/session-bus.ts';

/** Instead of the minutes of the setting. */
const freeAfterMs = 1_500;
/** A second is the goal; tests share their processors with the server and whatever else runs. */
const backWithinMs = 4_000;
const withdrawnWithinMs = 1_000;

let desktop: TestDesktop;
let app: PackedApp;
let olive: Person;
/** Olive on another device. */
let elsewhere: SignedIn;
let channelId: string;
let say: (text: string) => Promise<{ id: string; number: number | null }>;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});
test.beforeEach(async ({ server }) => {
  app = await PackedApp.launch({
    profile: `rendererless-${Date.now()}`,
    server: server.setUpUrl,
    environment: { PARLEY_FREE_AFTER_MS: String(freeAfterMs) },
  });
  olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  await olive.say('Before the window went');
  await olive.hears('Before the window went');
  await join(server);
});
test.afterEach(async () => {
  await app.quit();
});

/** Ada comes, and writes into the first channel. */
async function join(server: RealServer): Promise<void> {
  elsewhere = await server.signIn();
  const ada = await server.register(elsewhere, 'ada', 'Ada Lovelace');
  const { channels } = await call(server.url, ada.accessToken, 'channel.browse', {});
  channelId = channels[0]?.channel.id ?? '';
  say = async (text) => {
    const input = { channelId, nonce: randomUUID(), text };
    return (await call(server.url, ada.accessToken, 'message.post', input)).message;
  };
}

/** Closes the window, which keeps the app in the tray. What comes after this comes to a person who does not look. */
async function hide(): Promise<void> {
  await expect.poll(() => app.isVisible()).toBe(true);
  app.pressKeys('ctrl+w');
  await expect.poll(() => app.isOnScreen).toBe(false);
}

async function isLetGo(withinMs = 15_000): Promise<void> {
  await expect.poll(() => app.hasRenderer, { timeout: withinMs }).toBe(false);
}

test(
  'hidden long enough the page is gone, and everything goes on: told once, withdrawn when read, back at the message',
  timed,
  async ({ server }) => {
    const before = desktop.shown.length;
    await hide();
    await isLetGo();
    expect(app.isRunning).toBe(true);
    await expect.poll(() => desktop.trayTooltip()).not.toContain('offline');
    const calm = await desktop.trayPicture();

    // Somebody writes: the desktop tells.
    const first = await say('@olive.owner are you *there*?');
    await expect.poll(() => desktop.shown.length).toBe(before + 1);
    expect(desktop.shown.at(-1)).toMatchObject({
      title: 'Ada Lovelace in #general',
      body: '@olive.owner are you there?',
      closed: false,
    });
    await expect.poll(() => desktop.trayTooltip()).toContain('1 for you');
    expect(await desktop.trayPicture()).not.toBe(calm);

    // Read on another device: nothing of it is left here.
    const readAt = performance.now();
    const read = { channelId, number: first.number ?? 0 };
    await call(server.url, elsewhere.accessToken, 'read.mark', read);
    await expect.poll(() => desktop.shown.at(-1)?.closed, { intervals: [20] }).toBe(true);
    expect(performance.now() - readAt).toBeLessThan(withdrawnWithinMs);
    await expect.poll(() => desktop.trayTooltip()).not.toContain('for you');

    // A pause is ended from the tray without any page.
    const pause = { doNotDisturbUntil: new Date(Date.now() + 3_600_000).toISOString() };
    await call(server.url, elsewhere.accessToken, 'preferences.set', pause);
    await expect.poll(() => desktop.trayTooltip()).toContain('do not disturb');
    await desktop.chooseFromTrayMenu('Resume notifications');
    await expect.poll(() => desktop.trayTooltip()).not.toContain('do not disturb');
    expect(app.hasRenderer).toBe(false);

    // The click brings the window back at the message.
    await say('@olive.owner one thing more');
    await expect.poll(() => desktop.shown.length).toBe(before + 2);
    const shown = desktop.shown.at(-1);
    const clickedAt = performance.now();
    const page = await app.comeBack(() => {
      if (shown) desktop.click(shown);
    });
    olive = new Person(page, 'Olive Owner');
    await olive.hears('one thing more');
    const backAfterMs = performance.now() - clickedAt;
    test.info().annotations.push({ type: 'back after', description: `${backAfterMs} ms` });
    expect(backAfterMs).toBeLessThan(backWithinMs);
    await expect.poll(() => app.isVisible()).toBe(true);
    app.giveFocus();
    await expect(olive.message('are you there')).toHaveCount(1);
    await expect.poll(() => desktop.trayTooltip(), 'seen').not.toContain('for you');

    // What was told of is not told of again, and the page tells of what is new.
    await hide();
    await say('@olive.owner and the last');
    await expect.poll(() => desktop.shown.length).toBe(before + 3);
    expect(
      await app.call('notification.explain', { account: await app.account(), messageId: first.id }),
    ).toMatchObject({
      output: { decisions: [{ shown: true, reason: 'shown' }] },
    });
    await isLetGo();
    expect(desktop.shown.length).toBe(before + 3);
    expect(desktop.shown.at(-1)?.closed).toBe(false);
    await app.comeBack(() => desktop.activateTray());
    await expect.poll(() => app.isVisible()).toBe(true);
    app.giveFocus();
    await expect.poll(() => desktop.shown.at(-1)?.closed, 'seen, so withdrawn').toBe(true);
    expect(desktop.shown.length).toBe(before + 3);
    expect(olive.problems).toEqual([]);
  },
);

test('a page with something to lose stays: a message that was not sent, a dialog', async ({
  server,
}) => {
  test.slow();
  const looked = 4 * freeAfterMs;
  await server.kill();
  await olive.say('Written without a network');
  await expect(olive.message('Written without a network')).toBeVisible();
  await hide();
  await app.page.waitForTimeout(looked);
  expect(app.hasRenderer).toBe(true);
  await server.restart();
  await isLetGo(reconnectedWithinMs);
  const page = await app.comeBack(() => desktop.activateTray());
  olive = new Person(page, 'Olive Owner');
  await olive.hears('Written without a network');
  await expect(olive.message('Written without a network')).toHaveCount(1);

  await page.keyboard.press('Control+,');
  await expect(page.getByRole('dialog')).toBeVisible();
  await hide();
  await page.waitForTimeout(looked);
  expect(app.hasRenderer).toBe(true);
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('it stays where the person wants it to, until they say otherwise', async () => {
  await app.call('settings.set', { freeAfterMinutes: null });
  await hide();
  await app.page.waitForTimeout(3 * freeAfterMs);
  expect(app.hasRenderer).toBe(true);
  await app.call('settings.set', { freeAfterMinutes: 5 });
  await isLetGo();
});

test('a session that is revoked meanwhile shows nothing more, and the person is told when the window is back', async ({
  server,
}) => {
  await hide();
  await isLetGo();
  const before = desktop.shown.length;
  await say('@olive.owner for your eyes only');
  await expect.poll(() => desktop.shown.length).toBe(before + 1);
  await call(server.url, elsewhere.accessToken, 'session.revokeOthers', {});
  await expect.poll(() => desktop.shown.at(-1)?.closed, 'nothing of theirs is left').toBe(true);
  await expect.poll(() => desktop.trayTooltip()).toContain('offline');
  await say('@olive.owner not for this device');
  const page = await app.comeBack(() => desktop.activateTray());
  await expect(page.getByText(messages.signIn.ended.revoked)).toBeVisible();
  expect(desktop.shown.length).toBe(before + 1);
});
