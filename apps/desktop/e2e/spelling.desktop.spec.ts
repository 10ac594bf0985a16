import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messages } from '../src/renderer/messages.ts';
import { expectAccessible } from './support/accessible.ts';
import { smallDictionary } from './support/dictionary.ts';
import { expect, test } from './support/fixtures.ts';
import { PackedApp, pressAnywhere } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { RecordingProxy } from './support/recording-proxy.ts';
import { TestDesktop } from './support/session-bus.ts';

let desktop: TestDesktop;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});

const words = messages.preferences;

/** What the app says of spelling, once it says this. */
async function spelling(app: PackedApp, expected: object): Promise<void> {
  await expect
    .poll(() => app.call('spelling.get', {}))
    .toMatchObject({ ok: true, output: expected });
}

test('spelling is checked with dictionaries of the own server, suggestions replace words, and nobody else is asked', async ({
  server,
}) => {
  const folder = join(server.dataDir, 'dictionaries');
  await mkdir(folder);
  await writeFile(join(folder, 'en_GB.bdic'), smallDictionary());
  const proxy = await RecordingProxy.start();
  const profile = `spelling-${Date.now()}`;
  const app = await PackedApp.launch({
    profile,
    server: server.setUpUrl,
    environment: proxy.environment,
  });
  const olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  // One language without a dictionary must not keep the others from being checked.
  await app.call('settings.set', { spellingLanguages: ['en-GB', 'de-DE'] });
  await spelling(app, { chosen: ['en-GB', 'de-DE'], missing: ['de-DE'] });

  // The system's focus is needed for the menu, which the page knows nothing of.
  app.pressKeys('shift');
  const openMenu = () => olive.composer.click({ button: 'right', position: { x: 20, y: 10 } });
  await olive.composer.click();
  await expect(async () => {
    await olive.composer.fill('');
    await olive.composer.pressSequentially('hous of tea ');
    await openMenu();
    pressAnywhere('Down');
    pressAnywhere('Return');
    await expect(olive.composer).toHaveValue('house of tea ', { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });

  await olive.composer.fill('');
  await olive.composer.pressSequentially('parlei of tea ');
  await openMenu();
  pressAnywhere('a');
  await spelling(app, { words: ['parlei'] });

  await app.page.keyboard.press('Control+,');
  const dialog = app.page.getByRole('dialog');
  await expect(dialog.getByText(words.noDictionary)).toBeVisible();
  await expectAccessible(app.page, 'preferences with spelling');
  await dialog.getByRole('button', { name: words.removeLanguage('German (Germany)') }).click();
  await spelling(app, { chosen: ['en-GB'], missing: [] });
  await dialog.getByRole('button', { name: words.forgetWord('parlei') }).click();
  await spelling(app, { words: [] });
  await dialog.getByRole('combobox', { name: words.addLanguage }).selectOption('it-IT');
  await spelling(app, { chosen: ['en-GB', 'it-IT'], missing: ['it-IT'] });
  await dialog.getByRole('switch', { name: words.checkSpelling }).click();
  await expect(dialog.getByRole('group', { name: words.spellingLanguages })).toBeHidden();

  expect(proxy.asked).toEqual([]);
  await app.quit();
  await proxy.stop();
});
