import { randomUUID } from 'node:crypto';
import keytar from 'keytar';
import { messages } from '../src/renderer/messages.ts';
import { call, type RealServer } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import { ForeignSite } from './support/foreign-site.ts';
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

const inRail = (app: PackedApp, name: string | RegExp) =>
  app.page
    .getByRole('navigation', { name: messages.workspaces.label })
    .getByRole('button', { name });
const titleOf = (app: PackedApp) =>
  app.page.getByRole('button', { name: /: menu of the workspace$/ });

/** The owner in the app, signed in to a workspace that they have just set up. */
async function owner(profile: string, server: RealServer): Promise<[PackedApp, Person]> {
  const app = await PackedApp.launch({ profile, server: server.setUpUrl });
  const olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  return [app, olive];
}

/** Somebody else in the owner's workspace, who writes into its first channel from elsewhere. */
async function adaOn(server: RealServer): Promise<{ say(text: string): Promise<void> }> {
  const owner = await server.signIn();
  const { accessToken } = await server.register(owner, 'ada', 'Ada Lovelace');
  const { channels } = await call(server.url, accessToken, 'channel.browse', {});
  const channelId = channels[0]?.channel.id ?? '';
  return {
    say: async (text) => {
      await call(server.url, accessToken, 'message.post', { channelId, nonce: randomUUID(), text });
    },
  };
}

/** Adds a second workspace from the menu of the first. */
async function addSecond(app: PackedApp, olive: Person, server: RealServer): Promise<void> {
  await titleOf(app).click();
  await app.page.getByRole('menuitem', { name: messages.workspaces.add }).click();
  await olive.connectTo(server.setUpUrl);
  await olive.setUpWorkspace('Southwind');
}

test('two servers in one window: marks of the one that is not on screen, its notification leads there, a restart keeps both', async ({
  server,
  otherServer,
}) => {
  const profile = `several-${Date.now()}`;
  let [app, olive] = await owner(profile, server);
  const ada = await adaOn(server);
  await olive.open('general');
  await olive.say('Before there was another');

  await addSecond(app, olive, otherServer);
  await expect(titleOf(app)).toContainText('Southwind');
  await expectAccessible(app.page, 'two workspaces');
  await olive.open('general');
  await olive.say('Only in the south');
  await olive.hears('Only in the south');

  // Somebody writes in the one that is not on screen.
  const before = desktop.shown.length;
  await ada.say('@olive.owner are you there?');
  await expect(inRail(app, 'Northwind, 1 message for you')).toBeVisible();
  await expect.poll(() => desktop.shown.length).toBe(before + 1);
  await expect.poll(() => desktop.trayTooltip()).toContain('1 for you');
  const shown = desktop.shown.at(-1);
  expect(shown?.title).toBe('Ada Lovelace in #general');
  if (shown) desktop.click(shown);
  await expect(titleOf(app)).toContainText('Northwind');
  await olive.hears('are you there?');
  await expect(olive.message('Only in the south')).toHaveCount(0);
  await expect(inRail(app, 'Northwind')).toHaveAccessibleName('Northwind');

  // Back and forth by keys, each at the place that it was left at.
  await app.page.keyboard.press('Control+2');
  await olive.hears('Only in the south');
  await ada.say('@olive.owner one thing more');
  await expect.poll(() => desktop.shown.length).toBe(before + 2);
  await app.page.keyboard.press('Control+1');
  await olive.hears('one thing more');
  await expect.poll(() => desktop.shown.at(-1)?.closed, 'read, so withdrawn').toBe(true);

  await app.kill();
  app = await PackedApp.launch({ profile });
  olive = new Person(app.page, 'Olive Owner');
  await olive.isIn();
  await expect(titleOf(app)).toContainText('Northwind');
  await inRail(app, 'Southwind').click();
  await olive.hears('Only in the south');
  expect(await keytar.findCredentials(`Parley (${profile})`)).toHaveLength(2);
  expect(olive.problems).toEqual([]);
  await app.quit();
});

test('the action of the desktop entry opens a new message, in the app that runs and at its start', async ({
  server,
}) => {
  const profile = `action-${Date.now()}`;
  let [app] = await owner(profile, server);
  const dialog = () => app.page.getByRole('dialog', { name: messages.newDirect.title });
  await PackedApp.launchAgain({ profile, link: '--new-message' });
  await expect(dialog()).toBeVisible();
  await app.page.keyboard.press('Escape');
  await app.page.keyboard.press('Control+,');
  await expect(app.page.getByText(messages.preferences.summonKeys, { exact: true })).toBeVisible();
  await expect(app.page.getByText(messages.preferences.closeToTray, { exact: true })).toBeVisible();
  await expectAccessible(app.page, 'the preferences of the desktop');
  await app.quit();
  app = await PackedApp.launch({ profile, link: '--new-message' });
  await expect(dialog()).toBeVisible();
  await app.quit();
});

test('signing out of one workspace forgets it and leaves the other alone', async ({
  server,
  otherServer,
}) => {
  const profile = `leaving-${Date.now()}`;
  const [app, olive] = await owner(profile, server);
  await olive.open('general');
  await olive.say('A secret of the north');
  await addSecond(app, olive, otherServer);
  await inRail(app, 'Northwind').click();
  await olive.hears('A secret of the north');
  const { server: left } = await app.account();
  await app.page.getByRole('button', { name: messages.shell.you('Olive Owner') }).click();
  await app.page.getByRole('menuitem', { name: messages.profile.signOut }).click();
  await app.page
    .getByRole('dialog')
    .getByRole('button', { name: messages.profile.signOut })
    .click();
  await expect(titleOf(app)).toContainText('Southwind');
  await expect(inRail(app, /.*/)).toHaveCount(0);
  const kept = async () =>
    (await keytar.findCredentials(`Parley (${profile})`)).map(({ account }) => account);
  // Where one goes while they are read, the library throws.
  await expect(async () => {
    expect(await kept()).toHaveLength(1);
  }).toPass({ timeout: 30_000 });
  expect((await kept())[0]).toContain(otherServer.url);
  const databases = await app.page.evaluate(async () =>
    (await indexedDB.databases()).map(({ name }) => name ?? ''),
  );
  expect(databases.filter((name) => name.includes(left))).toEqual([]);
  expect(databases.filter((name) => name.includes(otherServer.url))).not.toEqual([]);
  await app.quit();
});

test('a link to a server that nobody asked for is shown, and nothing is sent there until the person agrees', async ({
  server,
}) => {
  const profile = `linked-${Date.now()}`;
  const site = await ForeignSite.start();
  const { host } = new URL(site.url);
  const [app] = await owner(profile, server);
  await PackedApp.launchAgain({ profile, link: `parley://${host}/invite/abcdefgh12` });
  const question = app.page.getByRole('heading', { name: messages.signIn.linkTitle(host) });
  await expect(question).toBeVisible();
  await expectAccessible(app.page, 'the question of a link');
  await app.page.getByRole('button', { name: messages.signIn.cancel }).click();
  await expect(titleOf(app)).toContainText('Northwind');
  expect(site.requests).toEqual([]);

  await PackedApp.launchAgain({ profile, link: `parley://${host}/invite/abcdefgh12` });
  await expect(question).toBeVisible();
  await app.page.getByRole('button', { name: messages.signIn.connect }).click();
  // It answers pages to everything, as the network of a hotel does.
  await expect(app.page.getByText(messages.signIn.serverUnreachable(host))).toBeVisible();
  expect(site.requests).toEqual(['POST /api/v1/server.info']);
  await site.stop();
  await app.quit();
});

test('a link to a channel that starts the app leads there, after the sign-in where nobody is signed in', async ({
  server,
}) => {
  const profile = `link-start-${Date.now()}`;
  let [app, olive] = await owner(profile, server);
  await olive.createChannel('harbour', { isPrivate: false });
  const row = olive.sidebar.getByRole('button', { name: 'harbour' }).first();
  const harbour = await row.getAttribute('data-channel');
  await olive.open('general');
  await app.quit();
  const link = `parley://${new URL(server.url).host}/channel/${harbour}`;
  const heading = () => app.page.getByRole('heading', { name: 'harbour' });

  app = await PackedApp.launch({ profile, link });
  await expect(heading()).toBeVisible();
  await app.quit();

  app = await PackedApp.launch({ profile: `${profile}-new`, link });
  olive = new Person(app.page, 'Olive Owner');
  await app.page.getByRole('button', { name: messages.signIn.connect }).click();
  await olive.signIn();
  await expect(heading()).toBeVisible();
  await app.quit();
});
