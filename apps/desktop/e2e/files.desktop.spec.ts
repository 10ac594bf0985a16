import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messages } from '../src/renderer/messages.ts';
import { call } from '../test/server.ts';
import { Attaching, isDrawn, slowDown } from './support/attaching.ts';
import { expect, test } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { bytesOf, pictureOf } from './support/pictures.ts';
import { TestDesktop } from './support/session-bus.ts';

const words = messages.files;

let desktop: TestDesktop;
let home: string;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});
test.beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'parley-home-'));
});
test.afterEach(() => rm(home, { recursive: true }));

test('a file that is being sent outlives the power cut, and is sent once', async ({ server }) => {
  const profile = `files-${Date.now()}`;
  const film = bytesOf('film.bin', 6_000_000);
  let app = await PackedApp.launch({ profile, server: server.setUpUrl });
  let olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  // Under way for longer than a busy disk takes to store the message.
  await slowDown(app.page, { upload: 100_000 });
  const attaching = new Attaching(olive);
  await attaching.choose(film);
  await expect(attaching.chips.getByRole('progressbar')).toBeVisible();
  await olive.say('The film');
  await expect(olive.message('The film').getByRole('progressbar')).toBeVisible();
  // Stored; before that, what was written is still the draft.
  await expect(olive.message('The film').getByText(messages.message.queued)).toBeVisible();
  await app.kill();

  app = await PackedApp.launch({ profile });
  olive = new Person(app.page, 'Olive Owner');
  await olive.isIn();
  const download = olive
    .message('The film')
    .getByRole('button', { name: words.download('film.bin') });
  await expect(download).toBeVisible({ timeout: 60_000 });
  const { accessToken } = await server.signIn();
  const { channels } = await call(server.url, accessToken, 'channel.browse', {});
  const { messages: sent } = await call(server.url, accessToken, 'message.history', {
    channelId: channels[0]?.channel.id ?? '',
  });
  expect(sent.map(({ text, files }) => [text, files.map(({ name }) => name)])).toEqual([
    ['The film', ['film.bin']],
  ]);
  expect(olive.problems).toEqual([]);
  await app.quit();
});

test('a download is in the folder for downloads, twice under two names', async ({ server }) => {
  const profile = `downloads-${Date.now()}`;
  const environment = { XDG_DOWNLOAD_DIR: home, HOME: home };
  const app = await PackedApp.launch({ profile, server: server.setUpUrl, environment });
  const olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  await olive.open('general');
  const attaching = new Attaching(olive);
  const report = bytesOf('report.bin', 200_000);
  await attaching.choose(report, pictureOf('beach.png', 800, 600));
  await attaching.areReady(2);
  await olive.say('Both');
  const message = olive.message('Both');
  await isDrawn(message.locator('img'));

  const download = message.getByRole('button', { name: words.download(report.name) });
  await download.click();
  await expect(app.page.getByText(words.saved('report.bin'))).toBeVisible();
  await download.click();
  await expect(app.page.getByText(words.saved('report (1).bin'))).toBeVisible();
  const found = (await readdir(home, { recursive: true })).filter((path) => path.endsWith('.bin'));
  expect(found.map((path) => path.split('/').at(-1)).toSorted()).toEqual([
    'report (1).bin',
    'report.bin',
  ]);
  for (const path of found) {
    expect((await readFile(join(home, path))).equals(report.buffer)).toBe(true);
  }
  expect(olive.problems).toEqual([]);
  await app.quit();
});
