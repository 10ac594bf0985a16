import { messages } from '../src/renderer/messages.ts';
import type { RealServer } from '../test/server.ts';
import { TestSecretService } from '../test/secret-service.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';

let keyring: TestSecretService;

test.beforeEach(async () => {
  keyring = await TestSecretService.start();
});
test.afterEach(() => keyring.stop());

const name = 'Olive Owner';

/** The owner of a new workspace, who has said something. */
async function owner(profile: string, server: RealServer): Promise<[PackedApp, Person]> {
  const app = await PackedApp.launch({
    profile,
    server: server.setUpUrl,
    environment: keyring.environment,
  });
  const olive = new Person(app.page, name);
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  await olive.say('Before the keyring went');
  // Painted from storage at the next start.
  await expect.poll(() => app.isOnDisk('olive.owner@example.com')).toBe(true);
  return [app, olive];
}

/** The app once more, as at the next start of the computer. */
async function again(profile: string): Promise<[PackedApp, Person]> {
  const app = await PackedApp.launch({ profile, environment: keyring.environment });
  return [app, new Person(app.page, name)];
}

/** What keeps the session now, after it was refreshed. */
async function keptBy(app: PackedApp): Promise<unknown> {
  const account = await app.account();
  const reply = await app.call('session.access', { account, minValidMs: 1e9 });
  return (reply as { output?: { protectedBy: string } }).output?.protectedBy;
}

/** Presses a button of the bar, unless the app has noticed by itself meanwhile that the keyring is there: that takes the bar away. */
async function pressUnlessGone(app: PackedApp, name: string): Promise<void> {
  const button = app.page.getByRole('alert').getByRole('button', { name });
  await Promise.race([button.click(), button.waitFor({ state: 'hidden' })]);
}

test('a keyring that is locked at the start: everything is there, the person is told, and is in once it is unlocked', async ({
  server,
}) => {
  const profile = `locked-${Date.now()}`;
  await keyring.startKeyring();
  const [before] = await owner(profile, server);
  await before.quit();
  await keyring.lock();

  const [app, olive] = await again(profile);
  await expect(app.page.getByText(messages.keyring.locked)).toBeVisible();
  await olive.open('general');
  await olive.say('Written while it was locked');
  await expectAccessible(app.page, 'a locked keyring');
  // Nobody types the password: it stays as it is.
  await app.page.getByRole('button', { name: messages.keyring.unlock }).click();
  await expect(app.page.getByRole('button', { name: messages.keyring.unlock })).toBeEnabled();
  await expect(app.page.getByText(messages.keyring.locked)).toBeVisible();
  await expect(app.page.getByLabel(messages.signIn.login)).toBeHidden();

  await keyring.unlock();
  await pressUnlessGone(app, messages.keyring.unlock);
  await olive.isIn();
  await olive.hears('Before the keyring went');
  await expect(app.page.getByText(messages.keyring.locked)).toBeHidden();
  const late = olive.message('Written while it was locked');
  await expect(late.getByText(messages.message.waiting)).toBeHidden();
  await app.quit();
});

test('a keyring that is emptied while the app runs: the session goes on, is put back, and outlives the app', async ({
  server,
}) => {
  const profile = `wiped-${Date.now()}`;
  await keyring.startKeyring();
  let [app, olive] = await owner(profile, server);
  await keyring.wipe();
  expect(await keptBy(app)).toBe('keychain');
  await expect(app.page.getByText(messages.keyring.wiped)).toBeVisible();
  await olive.say('After it was emptied');
  await olive.hears('After it was emptied');
  await app.quit();
  [app, olive] = await again(profile);
  await olive.isIn();
  await app.quit();

  await keyring.wipe();
  [app, olive] = await again(profile);
  await expect(app.page.getByText(messages.keyring.lost)).toBeVisible();
  await olive.signIn();
  await olive.hears('After it was emptied');
  await app.quit();
});

test('a keyring that comes late, goes and comes back is used as soon as it is there', async ({
  server,
}) => {
  const profile = `late-${Date.now()}`;
  const [first] = await owner(profile, server);
  await expect(first.page.getByText(messages.keyring.memory)).toBeVisible();
  expect(await keptBy(first)).toBe('memory');
  await keyring.startKeyring();
  expect(await keptBy(first)).toBe('keychain');
  await keyring.stopKeyring();
  expect(await keptBy(first)).toBe('memory');
  await keyring.startKeyring();
  expect(await keptBy(first)).toBe('keychain');
  await first.quit();
  await keyring.stopKeyring();

  const [app, olive] = await again(profile);
  await expect(app.page.getByText(messages.keyring.away)).toBeVisible();
  await olive.open('general');
  await keyring.startKeyring();
  await pressUnlessGone(app, messages.connection.tryNow);
  await olive.isIn();
  await app.quit();
});
