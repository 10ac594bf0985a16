import keytar from 'keytar';
import { messages } from '../src/renderer/messages.ts';
import { expect, test } from './support/fixtures.ts';
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

/** The access token that the page was given. */
async function accessTokenOf(app: PackedApp): Promise<{ accessToken: string; userId: string }> {
  const account = await app.account();
  const reply = await app.call('session.access', { account, minValidMs: 0 });
  return (reply as { output: { accessToken: string; userId: string } }).output;
}

/** Every secret of the session, and that the search for it would find what is there. */
async function expectNoSecretOnDisk(app: PackedApp, refreshToken: string): Promise<void> {
  const { accessToken, userId } = await accessTokenOf(app);
  expect(await app.isOnDisk(userId), 'the account, which is no secret, in a file').toBe(true);
  expect(await app.isOnDisk(refreshToken), 'the refresh token in a file').toBe(false);
  expect(await app.isOnDisk(accessToken), 'the access token in a file').toBe(false);
}

/** Nothing but the bundle ran: what was asked for is of the app's own origin, scripts among it. */
async function expectOwnRequestsOnly(app: PackedApp): Promise<void> {
  await app.page.reload();
  const scripts = () => app.requests.filter(({ type }) => type === 'script');
  await expect.poll(() => scripts().length).toBeGreaterThan(0);
  const foreign = app.requests.filter(({ url }) => !/^(app:\/\/parley\/|data:|blob:)/.test(url));
  expect(foreign).toEqual([]);
}

/** The refresh token as the keychain holds it. */
async function tokenOf(profile: string): Promise<string> {
  const [stored, ...others] = await keytar.findCredentials(`Parley (${profile})`);
  expect(stored, 'the keychain has the session').toBeDefined();
  expect(others).toEqual([]);
  return (JSON.parse(stored?.password ?? '{}') as { refreshToken: string }).refreshToken;
}

test('two people talk in two desktop apps; a notification leads to the message; a restart asks nothing', async ({
  server,
}) => {
  const run = Date.now();
  const profiles = { olive: `olive-${run}`, ada: `ada-${run}` };

  const olivesApp = await PackedApp.launch({
    profile: profiles.olive,
    server: server.setUpUrl,
  });
  const olive = new Person(olivesApp.page, 'Olive Owner');
  // The address brought the one-time token along: nobody is asked for it.
  await expect(olivesApp.page.getByLabel(messages.signIn.workspaceName)).toBeVisible();
  await expect(olivesApp.page.getByLabel(messages.signIn.setupToken)).toBeHidden();
  await olive.setUpWorkspace('Northwind');
  const link = await olive.invite();

  let adasApp = await PackedApp.launch({ profile: profiles.ada });
  let ada = new Person(adasApp.page, 'Ada Lovelace');
  await ada.connectTo(link);
  await ada.register();

  await olive.open('general');
  await ada.open('general');
  await olive.say('Hello from my desktop');
  await ada.hears('Hello from my desktop');
  await ada.say('And from mine');
  await olive.hears('And from mine');
  await ada.choose('And from mine', messages.message.edit);
  await ada.page.getByRole('textbox', { name: messages.message.editing }).fill('And from mine too');
  await ada.page.keyboard.press('Enter');
  await olive.hears('And from mine too');
  await olive.reactTo('And from mine too');
  await expect(
    ada.message('And from mine too').getByRole('button', { name: /1 person/ }),
  ).toBeVisible();

  // Ada closes her window: Parley stays in the tray and tells her.
  adasApp.pressKeys('ctrl+w');
  const before = desktop.shown.length;
  await olive.openDirect('Ada Lovelace');
  await olive.say('A word in **private**');
  await expect.poll(() => desktop.shown.length).toBe(before + 1);
  const shown = desktop.shown.at(-1);
  expect(shown).toMatchObject({ title: 'Olive Owner', body: 'A word in private' });
  await expect.poll(() => desktop.trayTooltip()).toContain('1 for you');
  if (shown) desktop.click(shown);
  await ada.hears('A word in private');
  await expect(ada.page.getByRole('heading', { name: 'Olive Owner' })).toBeVisible();
  await expect.poll(() => adasApp.isVisible()).toBe(true);
  await expect.poll(() => desktop.trayTooltip()).not.toContain('for you');

  // A click leads to its conversation after a reload of the page, too.
  await ada.open('general');
  adasApp.pressKeys('ctrl+w');
  await expect.poll(() => adasApp.isVisible()).toBe(false);
  await olive.say('A second word');
  await expect.poll(() => desktop.shown.length).toBe(before + 2);
  const second = desktop.shown.at(-1);
  expect(second).toMatchObject({ title: 'Olive Owner', body: 'A second word' });
  // The new page is there and does not listen yet: the click has to wait for it.
  await adasApp.page.reload({ waitUntil: 'commit' });
  if (second) desktop.click(second);
  await expect(ada.page.getByRole('heading', { name: 'Olive Owner' })).toBeVisible();
  await ada.hears('A second word');

  const row = ada.sidebar.getByRole('button', { name: 'general' }).first();
  const general = await row.getAttribute('data-channel');
  const token = await tokenOf(profiles.ada);
  expect(token.length).toBeGreaterThan(30);
  await expectNoSecretOnDisk(adasApp, token);
  await adasApp.kill();
  // Started by a link, the app leads there and not to where she was.
  const host = new URL(server.url).host;
  const place = `parley://${host}/channel/${general}`;
  adasApp = await PackedApp.launch({ profile: profiles.ada, link: place });
  ada = new Person(adasApp.page, 'Ada Lovelace');
  await ada.isIn();
  await ada.hears('And from mine too');
  const next = await tokenOf(profiles.ada);
  expect(next).not.toBe(token);
  await expectNoSecretOnDisk(adasApp, next);

  // What somebody writes is shown as text, and asks for nothing.
  await olive.open('general');
  await olive.say(`<script src="${server.url}/x.js"></script> ![x](${server.url}/x.png)`);
  await ada.hears('<script src=');
  for (const app of [olivesApp, adasApp]) await expectOwnRequestsOnly(app);
  expect([...olive.problems, ...ada.problems]).toEqual([]);
  await adasApp.quit();
  await olivesApp.quit();
  const last = await tokenOf(profiles.ada);
  expect(await adasApp.isOnDisk(last), 'the refresh token in a file after the end').toBe(false);
});

test('without a keyring the person is told, and the session ends with the app', async ({
  server,
}) => {
  const profile = `memory-${Date.now()}`;
  const environment = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
  const address = server.setUpUrl;
  let app = await PackedApp.launch({ profile, server: address, environment });
  const olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await expect(app.page.getByText(messages.keyring.memory)).toBeVisible();
  const account = await app.account();
  expect(await app.call('session.access', { account, minValidMs: 0 })).toMatchObject({
    output: { protectedBy: 'memory' },
  });
  const { accessToken } = await accessTokenOf(app);
  expect(await app.isOnDisk(accessToken), 'the access token in a file').toBe(false);
  await app.quit();
  app = await PackedApp.launch({ profile, environment });
  await expect(app.page.getByLabel(messages.signIn.login)).toBeVisible();
  await app.quit();
});

test('what is written and half written while the server is away survives a kill of the app, and is sent once', async ({
  server,
}) => {
  const profile = `outbox-${Date.now()}`;
  let app = await PackedApp.launch({ profile, server: server.setUpUrl });
  let olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.say('before');
  await olive.hears('before');
  await server.stop();
  await expect(app.page.getByText(messages.connection.offline)).toBeVisible({ timeout: 40_000 });
  await olive.say('written offline');
  await olive.hears('written offline');
  await olive.composer.fill('half a thought');
  await expect.poll(() => app.isOnDisk('half a thought')).toBe(true);
  await app.kill();
  app = await PackedApp.launch({ profile });
  olive = new Person(app.page, 'Olive Owner');
  // Painted from what is stored: the server is still away.
  await olive.hears('written offline');
  await expect(olive.composer).toHaveValue('half a thought');
  await server.restart();
  await olive.isIn();
  await expect(olive.message('written offline').getByText(messages.message.waiting)).toBeHidden();
  await expect(olive.composer).toHaveValue('half a thought');
  await app.page.reload();
  await olive.isIn();
  await olive.hears('before');
  await expect(olive.message('written offline')).toHaveCount(1);
  await expect(olive.composer).toHaveValue('half a thought');
  await app.quit();
});
