import { messages } from '../src/renderer/messages.ts';
import { expect, test } from './support/fixtures.ts';
import { HostileServer } from './support/hostile-server.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { TestDesktop } from './support/session-bus.ts';

let desktop: TestDesktop;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});

declare global {
  interface Window {
    wasRun?: number;
  }
}

/** Signs in to it beside the workspace that is there. */
async function signInTo(hostile: HostileServer, olive: Person): Promise<void> {
  const { page } = olive;
  await page.getByRole('button', { name: /: menu of the workspace$/ }).click();
  await page.getByRole('menuitem', { name: messages.workspaces.add }).click();
  await olive.connectTo(hostile.url);
  await page.getByLabel(messages.signIn.login).fill('olive');
  await page.getByLabel(messages.signIn.password, { exact: true }).fill('anything at all');
  await page.getByRole('button', { name: messages.signIn.submit, exact: true }).click();
  await expect.poll(() => hostile.isHeard).toBe(true);
}

test('a server that means harm harms neither the app nor the workspace beside it', async ({
  server,
}) => {
  const profile = `hostile-${Date.now()}`;
  const hostile = await HostileServer.start();
  const app = await PackedApp.launch({ profile, server: server.setUpUrl });
  const { page } = app;
  const olive = new Person(page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  await olive.say('Before the harm');

  await signInTo(hostile, olive);
  const evil = page
    .getByRole('navigation', { name: messages.workspaces.label })
    .getByRole('button', { name: /^Evil/ });
  const good = page
    .getByRole('navigation', { name: messages.workspaces.label })
    .getByRole('button', { name: /^Northwind/ });
  await expect(evil).toBeVisible();

  await good.click();
  await olive.hears('Before the harm');
  const before = desktop.shown.length;
  for (let wave = 0; wave < 5; wave += 1) {
    hostile.flood(100);
    await page.waitForTimeout(200);
  }
  await evil.click();
  await page.waitForTimeout(1_000);
  await good.click();
  await expect.poll(() => desktop.shown.length).toBeGreaterThan(before);
  // Ten seconds and the rest after a wave: at most five of five hundred.
  await page.waitForTimeout(12_000);
  expect(desktop.shown.length - before).toBeLessThanOrEqual(5);
  // Bad counts are shown as many, and make nobody else's wrong.
  await expect.poll(() => desktop.trayTooltip()).toMatch(/\b9999 for you/);

  hostile.sendNonsense();
  hostile.http = 'redirects';
  await expect.poll(() => app.isRunning).toBe(true);
  hostile.http = 'endless';
  hostile.sendNonsense();
  await olive.say('After the harm');
  await olive.hears('After the harm');
  await expect(page.getByText(messages.shell.connected, { exact: true })).toBeVisible();

  expect(await page.evaluate(() => window.wasRun)).toBeUndefined();
  expect(await page.evaluate(() => ({}))).toEqual({});
  expect(app.requests.filter(({ url }) => url.startsWith(hostile.url))).toEqual([]);
  expect(app.isRunning).toBe(true);
  await hostile.stop();
  await app.quit();
});

test('a server that sends more than is taken in is left alone, and the workspace beside it goes on', async ({
  server,
}) => {
  const profile = `excess-${Date.now()}`;
  const hostile = await HostileServer.start();
  hostile.snapshot = 'endless';
  const app = await PackedApp.launch({ profile, server: server.setUpUrl });
  const { page } = app;
  const olive = new Person(page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await signInTo(hostile, olive);
  const excess = page.getByText(messages.connection.excess);
  const again = page.getByRole('button', { name: messages.connection.tryNow });
  const rail = page.getByRole('navigation', { name: messages.workspaces.label });
  const good = rail.getByRole('button', { name: /^Northwind/ });
  await expect(excess).toBeVisible({ timeout: 90_000 });

  hostile.snapshot = 'crowded';
  await again.click();
  await expect(excess).toBeHidden();
  await expect(excess).toBeVisible({ timeout: 90_000 });
  await good.click();
  await olive.open('general');
  await olive.say('Beside the crowd');
  await olive.hears('Beside the crowd');

  expect(app.isRunning).toBe(true);
  await hostile.stop();
  await app.quit();
});
