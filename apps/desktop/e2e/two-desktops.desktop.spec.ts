import keytar from 'keytar';
import { messages } from '../src/renderer/messages.ts';
import { setupToken } from '../test/server.ts';
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

/** The refresh token as the keychain holds it. */
async function tokenOf(profile: string): Promise<string> {
  const stored = await keytar.getPassword(`Parley (${profile})`, 'session');
  expect(stored, 'the keychain has the session').not.toBeNull();
  return (JSON.parse(stored ?? '{}') as { refreshToken: string }).refreshToken;
}

test('two people talk in two desktop apps; a notification leads to the message; a restart asks nothing', async ({
  server,
}) => {
  const run = Date.now();
  const profiles = { olive: `olive-${run}`, ada: `ada-${run}` };
  const foreignScripts: string[] = [];

  const olivesApp = await PackedApp.launch({
    profile: profiles.olive,
    server: `${server.url}?setup=${setupToken}`,
  });
  const olive = new Person(olivesApp.page, 'Olive Owner');
  olivesApp.page.on('request', (request) => {
    if (request.resourceType() !== 'script') return;
    if (!request.url().startsWith('app://parley/')) foreignScripts.push(request.url());
  });
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

  const token = await tokenOf(profiles.ada);
  expect(token.length).toBeGreaterThan(30);
  expect(await adasApp.isOnDisk(token), 'the refresh token in a file').toBe(false);
  await adasApp.kill();
  adasApp = await PackedApp.launch({ profile: profiles.ada });
  ada = new Person(adasApp.page, 'Ada Lovelace');
  await ada.isIn();
  await ada.open('general');
  await ada.hears('And from mine too');
  const next = await tokenOf(profiles.ada);
  expect(next).not.toBe(token);
  expect(await adasApp.isOnDisk(next), 'the refresh token in a file').toBe(false);

  expect(foreignScripts).toEqual([]);
  expect([...olive.problems, ...ada.problems]).toEqual([]);
  await adasApp.quit();
  await olivesApp.quit();
});

test('a message written while the server is away survives a kill of the app and is sent once', async ({
  server,
}) => {
  const profile = `outbox-${Date.now()}`;
  let app = await PackedApp.launch({ profile, server: `${server.url}?setup=${setupToken}` });
  let olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.say('before');
  await olive.hears('before');
  await server.kill();
  await expect(app.page.getByText(messages.connection.offline)).toBeVisible({ timeout: 40_000 });
  await olive.say('written offline');
  await olive.hears('written offline');
  await app.kill();
  app = await PackedApp.launch({ profile });
  olive = new Person(app.page, 'Olive Owner');
  // Painted from what is stored: the server is still away.
  await olive.hears('written offline');
  await server.restart();
  await olive.isIn();
  await expect(olive.message('written offline').getByText(messages.message.waiting)).toBeHidden();
  await app.page.reload();
  await olive.isIn();
  await olive.hears('before');
  await expect(olive.message('written offline')).toHaveCount(1);
  await app.quit();
});
