import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messages } from '../src/renderer/messages.ts';
import { newSigningKey } from '../../../packages/shared/test/manifests.ts';
import { call, type RealServer } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { ownerToken, release } from './support/releases.ts';
import { TestDesktop } from './support/session-bus.ts';
import { appImageOf, RestartedApp, stageVersion, stagingFolder } from './support/staged-app.ts';

const words = messages.updates;
const key = await newSigningKey();
const stranger = await newSigningKey();
const running = '1.0.0';
const notes = '# Faster\n\nEverything **starts** at once.';

let desktop: TestDesktop;
let folder: string;
let appImage: string;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});
test.beforeEach(async () => {
  folder = await stagingFolder(String(Date.now()));
  const executable = await stageVersion(join(folder, running), { version: running, keys: [key] });
  appImage = join(folder, 'Parley.AppImage');
  await writeFile(appImage, appImageOf(executable), { mode: 0o755 });
});
test.afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** The version that runs, with somebody signed in who has said something. */
async function signedIn(profile: string, server: RealServer): Promise<[PackedApp, Person]> {
  const app = await PackedApp.launch({
    profile,
    server: server.setUpUrl,
    executable: appImage,
  });
  const olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  await olive.say('Before the update');
  await olive.hears('Before the update');
  return [app, olive];
}

/** What people would start of another version. */
async function versionOf(version: string, files: Record<string, string> = {}): Promise<Buffer> {
  const executable = await stageVersion(join(folder, version), { version, keys: [key], files });
  return appImageOf(executable);
}

/** What the app has fetched, and not put in place. */
async function fetched({ userData }: PackedApp): Promise<string[]> {
  const files = await readdir(join(userData), { recursive: true });
  return files.filter((file) => file.endsWith('.AppImage'));
}

/** Asks for new versions as people do. */
async function checkNow({ page }: Pick<Person, 'page'>): Promise<void> {
  await page.keyboard.press('Control+,');
  await page.getByRole('button', { name: words.check }).click();
}

/** What the server has of the first channel, in order. */
async function saidOn(server: RealServer): Promise<string[]> {
  const token = await ownerToken(server);
  const { channels } = await call(server.url, token, 'channel.browse', {});
  const channelId = channels[0]?.channel.id ?? '';
  const page = await call(server.url, token, 'message.history', { channelId, limit: 10 });
  return page.messages.map(({ text }) => text);
}

test('a version that is published arrives in the background, and a restart keeps all that a person has', async ({
  server,
}) => {
  test.setTimeout(240_000);
  const profile = `updated-${Date.now()}`;
  const [app, olive] = await signedIn(profile, server);
  const { page } = app;

  // What a stranger has signed is refused, and nothing of it is fetched.
  const content = await versionOf('1.1.0');
  await release(server, content, { key: stranger, version: '1.1.0', notes });
  await checkNow(olive);
  await expect(page.getByText(words.failures.refused)).toBeVisible();
  expect(await fetched(app)).toEqual([]);

  await release(server, content, { key, version: '1.1.0', notes });
  await page.getByRole('button', { name: words.check }).click();
  await expect(page.getByText(words.ready('1.1.0')).first()).toBeVisible();
  await expectAccessible(page, 'preferences with an update');
  await page.getByRole('dialog').getByRole('button', { name: words.whatsNew }).click();
  const whatsNew = page.getByRole('dialog', { name: words.notesTitle('1.1.0') });
  await expect(whatsNew.locator('strong')).toHaveText('starts');
  await page.keyboard.press('Escape');
  expect(await readFile(appImage)).not.toEqual(content);

  // What could not be sent yet is kept.
  await server.kill();
  await olive.say('Written while the server was away');
  await expect(page.getByText(messages.connection.offline)).toBeVisible();
  await RestartedApp.expect(profile);
  await page.getByRole('button', { name: words.restart }).click();
  await expect.poll(() => app.isRunning, { timeout: 30_000 }).toBe(false);
  expect(app.child.exitCode).toBe(0);

  const updated = await RestartedApp.find(profile);
  expect(await updated.info()).toMatchObject({ version: '1.1.0' });
  const again = new Person(updated.page, 'Olive Owner');
  await again.hears('Before the update');
  await again.hears('Written while the server was away');
  await server.restart();
  await again.isIn();
  await expect(again.page.getByText(messages.connection.offline)).toHaveCount(0);
  await expect
    .poll(() => saidOn(server))
    .toEqual(['Before the update', 'Written while the server was away']);

  // It has proved itself: the version before is gone, and there is nothing newer.
  expect((await readFile(appImage)).equals(content)).toBe(true);
  expect(existsSync(`${appImage}.previous`)).toBe(false);
  await checkNow(again);
  await expect(again.page.getByText(words.version('1.1.0'))).toBeVisible();
  await expect(again.page.getByText(/^You have the newest version/)).toBeVisible();
  await updated.quit();
  await app.quit();
});

test('a version that shows nothing is taken back, and the person is told', async ({ server }) => {
  test.setTimeout(240_000);
  const profile = `returned-${Date.now()}`;
  const [app, olive] = await signedIn(profile, server);
  const before = await readFile(appImage);
  const broken = await versionOf('1.1.0', { 'dist/main/main.cjs': 'process.exit(1);' });
  await release(server, broken, { key, version: '1.1.0', notes });
  await checkNow(olive);
  await expect(app.page.getByText(words.ready('1.1.0')).first()).toBeVisible();
  await app.page.keyboard.press('Escape');
  await RestartedApp.expect(profile);
  await app.page.getByRole('button', { name: words.restart }).click();
  await expect.poll(() => app.isRunning, { timeout: 30_000 }).toBe(false);

  const returned = await RestartedApp.find(profile);
  expect(await returned.info()).toMatchObject({ version: running });
  expect((await readFile(appImage)).equals(before)).toBe(true);
  const again = new Person(returned.page, 'Olive Owner');
  await again.isIn();
  await again.hears('Before the update');
  await expect(again.page.getByText(words.returned('1.1.0'))).toBeVisible();
  await checkNow(again);
  await expect(again.page.getByText(words.notTaken('1.1.0'))).toBeVisible();
  expect(await fetched(app)).toEqual([]);
  await returned.quit();
  await app.quit();
});
