import { randomUUID } from 'node:crypto';
import { messages } from '../src/renderer/messages.ts';
import { call, RealServer } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
import { Attaching, downloaded, isDrawn, slowDown } from './support/attaching.ts';
import { expect, test } from './support/fixtures.ts';
import { inBrowser, ownerAt } from './support/people.ts';
import { bytesOf, pictureOf } from './support/pictures.ts';
import { atTwoDevices } from './support/two-devices.ts';

const words = messages.files;
const slow = 400_000;

test('files are attached by choice, paste and drop, and another person has them', async ({
  browser,
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  const link = await olive.invite();
  const ada = await inBrowser(browser, 'Ada Lovelace');
  await ada.page.goto(link);
  await ada.register();
  await ada.open('general');
  const attaching = new Attaching(olive);
  const report = bytesOf(
    'Quarterly report of the northern region, final version 2026.bin',
    2_000_000,
  );

  // The progress is seen while it lasts.
  const speedUp = await slowDown(page, { upload: slow });
  await attaching.choose(report);
  const progress = attaching.chips.getByRole('progressbar', { name: words.progress(report.name) });
  await expect(progress).toBeVisible();
  await expect
    .poll(async () => Number(await progress.getAttribute('aria-valuenow')))
    .toBeGreaterThan(0);
  await speedUp();
  await attaching.areReady(1);

  await attaching.paste([pictureOf('image.png', 900, 600)]);
  await expect(attaching.chips.nth(1)).toContainText(/Image \d{4}-\d\d-\d\d .+\.png/);
  const drag = await attaching.drag([
    pictureOf('Пляж на закате — 夕焼けのビーチ.png', 400, 800, 1),
    pictureOf('شاطئ.png', 1_600, 500, 2),
  ]);
  await expect(page.getByText(words.drop('#general'))).toBeVisible();
  await expectAccessible(page, 'files that are dragged over a conversation');
  await drag.drop();
  await expect(page.getByText(words.drop('#general'))).toBeHidden();
  await attaching.areReady(4);
  await expectAccessible(page, 'files beside what is written');

  // Taken away by the keyboard, the focus stays among them.
  await attaching.chips
    .nth(3)
    .getByRole('button', { name: /^Remove / })
    .focus();
  await page.keyboard.press('Enter');
  await expect(attaching.chips).toHaveCount(3);
  await expect(attaching.chips.nth(2).getByRole('button', { name: /^Remove / })).toBeFocused();

  await attaching.send();
  await expect(attaching.chips).toHaveCount(0);
  const received = ada.timeline.getByRole('article').last();
  await expect(received.getByRole('button', { name: /^Open / })).toHaveCount(2);
  for (const image of await received.locator('img').all()) await isDrawn(image);
  // No words, no line for them.
  await expect(received.locator('p')).toHaveCount(0);
  await expect(received).toHaveAccessibleName(/: Sent 3 files$/);
  await expectAccessible(ada.page, 'a message with files');

  // A download shows how far it is, and can be called off where it was begun.
  const download = received.getByRole('button', { name: words.download(report.name) });
  const hurry = await slowDown(ada.page, { download: slow / 8 });
  await download.press('Enter');
  const coming = received.getByRole('progressbar', { name: words.downloading(report.name) });
  await expect
    .poll(async () => Number(await coming.getAttribute('aria-valuenow')))
    .toBeGreaterThan(0);
  await expectAccessible(ada.page, 'a file that is downloaded');
  const callOff = received.getByRole('button', { name: words.cancel(report.name) });
  await expect(callOff).toBeFocused();
  await callOff.press('Enter');
  await expect(coming).toBeHidden();
  await expect(download).toBeFocused();
  await hurry();

  const saved = await downloaded(ada.page, () => download.click());
  expect(saved.name).toBe(report.name);
  expect(saved.bytes.equals(report.buffer)).toBe(true);

  // The words of a file lead to it, and so does the list.
  await ada.page.getByRole('button', { name: words.panelTab, exact: true }).click();
  const list = ada.page.getByRole('list', { name: words.sentFiles });
  await expect(list.getByRole('listitem')).toHaveCount(3);
  await expectAccessible(ada.page, 'the files of a conversation');
  const fromList = await downloaded(ada.page, () =>
    list.getByRole('button', { name: words.download(report.name) }).click(),
  );
  expect(fromList.bytes.equals(report.buffer)).toBe(true);

  // What is deleted is gone for everybody, and the rest of the message stays.
  await olive.timeline.getByRole('article').last().hover();
  await page.getByRole('button', { name: messages.message.more }).click();
  await page.getByRole('menuitem', { name: words.deleteNamed(report.name) }).click();
  await expectAccessible(page, 'a question about a file');
  await page.getByRole('dialog').getByRole('button', { name: words.deleteConfirm }).click();
  await expect(received.getByText(/final version/)).toBeHidden();
  await expect(received.getByRole('button', { name: /^Open / })).toHaveCount(2);
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await list.getByRole('button', { name: /^Image .+ Olive Owner/ }).click();
  await expect(received).toBeInViewport();
  expect([...olive.problems, ...ada.problems]).toEqual([]);
});

test('images are looked at one after the other, by the keyboard alone', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  const attaching = new Attaching(olive);
  const pictures = Array.from({ length: 6 }, (_, index) =>
    pictureOf(`Photo ${index + 1}.png`, 1_200 - index * 100, 500 + index * 150, index),
  );
  await attaching.choose(...pictures);
  await attaching.areReady(6);
  await olive.composer.fill('From the weekend');
  await olive.composer.press('Enter');
  await attaching.choose(pictureOf('A line.png', 2_000, 12, 3));
  await attaching.areReady(1);
  await attaching.send();

  const album = olive.message('From the weekend');
  // Four of six are shown, and the last says how many are not.
  await expect(album.getByRole('button', { name: /^Open / })).toHaveCount(4);
  await expect(album.getByText(words.more(2))).toBeVisible();
  await expect(page.getByRole('button', { name: words.open('A line.png') })).toBeVisible();
  await expectAccessible(page, 'images in a grid');

  const second = album.getByRole('button', { name: words.open('Photo 2.png') });
  await second.focus();
  await page.keyboard.press('Enter');
  const viewer = page.getByRole('dialog');
  const heading = viewer.getByRole('heading', { level: 2 });
  await expect(heading).toHaveText('Photo 2.png');
  await expect(viewer.getByText(messages.viewer.position(2, 7))).toBeVisible();
  await isDrawn(viewer.getByRole('img', { name: 'Photo 2.png' }));
  await expectAccessible(page, 'an image at its full size');
  await page.keyboard.press('ArrowRight');
  await expect(heading).toHaveText('Photo 3.png');
  await page.keyboard.press('End');
  await expect(heading).toHaveText('A line.png');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(heading).toHaveText('Photo 5.png');
  const image = viewer.getByRole('img', { name: 'Photo 5.png' });
  await isDrawn(image);
  const fitted = await image.boundingBox();
  expect(fitted?.height).toBeLessThan(800);
  await page.keyboard.press('+');
  await expect.poll(async () => (await image.boundingBox())?.height).toBe(1_100);
  await expectAccessible(page, 'an image at its actual size');
  await page.keyboard.press('-');
  await expect.poll(async () => (await image.boundingBox())?.height).toBe(fitted?.height);
  const saved = await downloaded(page, () =>
    viewer.getByRole('button', { name: words.download('Photo 5.png') }).click(),
  );
  expect(saved.bytes.equals(pictures[4]?.buffer ?? Buffer.alloc(0))).toBe(true);
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
  await expect(second).toBeFocused();

  await page.setViewportSize({ width: 480, height: 800 });
  await olive.open('general');
  await expectAccessible(page, 'images in a narrow window');
  expect(olive.problems).toEqual([]);
});

test('what is attached without a network is sent when it is back', async ({ page, server }) => {
  const olive = await ownerAt(page, server);
  const attaching = new Attaching(olive);
  const notes = bytesOf('notes.bin', 300_000);
  await page.context().setOffline(true);
  await expect(page.getByText(messages.connection.offline)).toBeVisible({ timeout: 60_000 });
  await attaching.choose(notes);
  await expect(attaching.chips).toHaveCount(1);
  await olive.composer.fill('Written in the train');
  await olive.composer.press('Enter');
  const message = olive.message('Written in the train');
  await expect(message.getByText(messages.message.waiting)).toBeVisible();
  await expect(message.getByText('notes.bin')).toBeVisible();
  await expectAccessible(page, 'a message with a file that waits');
  await page.context().setOffline(false);
  await expect(message.getByRole('button', { name: words.download('notes.bin') })).toBeVisible({
    timeout: 60_000,
  });
  const saved = await downloaded(page, () =>
    message.getByRole('button', { name: words.download('notes.bin') }).click(),
  );
  expect(saved.bytes.equals(notes.buffer)).toBe(true);
});

test('a file that is being sent outlives the page, and is sent once', async ({ page, server }) => {
  const olive = await ownerAt(page, server);
  const attaching = new Attaching(olive);
  const film = bytesOf('film.bin', 4_000_000);
  await slowDown(page, { upload: slow });
  await attaching.choose(film);
  await expect(attaching.chips.getByRole('progressbar')).toBeVisible();
  await page.reload();
  await olive.isIn();
  // It is where it was, and goes on.
  await expect(attaching.chips).toHaveCount(1);
  await olive.composer.fill('The film');
  await olive.composer.press('Enter');
  const message = olive.message('The film');
  await expect(message.getByText('film.bin')).toBeVisible();
  await page.reload();
  await olive.isIn();
  await expect(message.getByRole('button', { name: words.download('film.bin') })).toBeVisible({
    timeout: 60_000,
  });
  const { accessToken } = await server.signIn();
  const { channels } = await call(server.url, accessToken, 'channel.browse', {});
  const { messages: sent } = await call(server.url, accessToken, 'message.history', {
    channelId: channels[0]?.channel.id ?? '',
  });
  expect(sent.map(({ text, files }) => [text, files.map(({ name }) => name)])).toEqual([
    ['The film', ['film.bin']],
  ]);
  const saved = await downloaded(page, () =>
    message.getByRole('button', { name: words.download('film.bin') }).click(),
  );
  expect(saved.bytes.equals(film.buffer)).toBe(true);
});

test('files of a draft are there at another device, and go with a reply from there', async ({
  browser,
  server,
}) => {
  const { desk, laptop } = await atTwoDevices(browser, server);
  await desk.createChannel('plans', { isPrivate: false });
  await desk.open('general');
  const atDesk = new Attaching(desk);
  await atDesk.choose(pictureOf('sketch.png', 600, 400));
  await atDesk.areReady(1);
  await desk.open('plans');
  await expect(
    desk.sidebar
      .getByRole('button', { name: 'general' })
      .getByRole('img', { name: messages.sidebar.draft }),
  ).toBeVisible();
  const atLaptop = new Attaching(laptop);
  await laptop.open('general');
  await expect(atLaptop.chips).toHaveCount(1);
  await isDrawn(atLaptop.chips.locator('img'));
  await atLaptop.send();
  await expect(laptop.page.getByRole('button', { name: words.open('sketch.png') })).toBeVisible();
  await desk.open('general');
  await expect(desk.page.getByRole('button', { name: words.open('sketch.png') })).toBeVisible();
  await expect(atDesk.chips).toHaveCount(0);

  await desk.timeline.getByRole('article').last().hover();
  await desk.page.getByRole('button', { name: messages.message.reply }).click();
  const panel = desk.page.getByRole('complementary', { name: messages.shell.sidePanel });
  const inThread = new Attaching(desk, panel.locator('.thread'));
  await inThread.choose(pictureOf('detail.png', 300, 300, 1), bytesOf('measures.bin', 5_000));
  await inThread.areReady(2);
  await expectAccessible(desk.page, 'files in a thread');
  await inThread.send();
  await expect(panel.getByRole('button', { name: words.open('detail.png') })).toBeVisible();
  await expect(panel.getByRole('button', { name: words.download('measures.bin') })).toBeVisible();
  await expectAccessible(desk.page, 'a reply with files');
  expect([...desk.problems, ...laptop.problems]).toEqual([]);
});

test('too many files are refused with words, and nothing is lost', async ({ page, server }) => {
  const olive = await ownerAt(page, server);
  const attaching = new Attaching(olive);
  const files = Array.from({ length: 9 }, (_, index) => bytesOf(`${index}.bin`, 100));
  await attaching.choose(...files);
  await attaching.areReady(9);
  await attaching.choose(bytesOf('a.bin', 1), bytesOf('b.bin', 1));
  await expect(page.getByText(words.tooMany(10))).toBeVisible();
  await expect(attaching.chips).toHaveCount(9);
  await expectAccessible(page, 'nine files');
  const { accessToken } = await server.signIn();
  const { channels } = await call(server.url, accessToken, 'channel.browse', {});
  const channelId = channels[0]?.channel.id ?? '';
  await call(server.url, accessToken, 'message.post', {
    channelId,
    nonce: randomUUID(),
    text: 'Hi',
  });
  await olive.hears('Hi');
});

test('an image has its room before it is there, and is asked for again where it did not come', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  const attaching = new Attaching(olive);
  await attaching.choose(pictureOf('tall.png', 600, 900));
  await attaching.areReady(1);
  await olive.say('Before the image');
  const message = olive.message('Before the image');
  await expect(message.getByRole('button', { name: words.open('tall.png') })).toBeVisible();
  await isDrawn(message.locator('img'));
  const room = await message.boundingBox();
  await page.route('**/thumbnail', (route) => route.abort());
  await page.reload();
  await olive.isIn();
  const again = message.getByRole('button', { name: words.notShown });
  await expect(again).toBeVisible();
  await expectAccessible(page, 'an image that did not come');
  expect((await message.boundingBox())?.height).toBe(room?.height);
  await page.unroute('**/thumbnail');
  await again.click();
  await isDrawn(message.locator('img'));
  expect((await message.boundingBox())?.height).toBe(room?.height);
});

test('a server says how large files may be, or that it takes none', async ({ page }) => {
  const small = await RealServer.start({
    built: true,
    environment: { PARLEY_MAX_FILE_BYTES: '1000000' },
  });
  try {
    const olive = await ownerAt(page, small);
    const attaching = new Attaching(olive);
    await attaching.choose(bytesOf('film.bin', 1_000_001), bytesOf('notes.bin', 1_000_000));
    await expect(page.getByText(words.tooLarge(['film.bin'], 1_000_000))).toBeVisible();
    // What fits is there all the same.
    await attaching.areReady(1);
    await expect(attaching.chips).toContainText('notes.bin');
  } finally {
    await small.dispose();
  }
  const none = await RealServer.start({ built: true, environment: { PARLEY_MAX_FILE_BYTES: '0' } });
  try {
    const olive = await ownerAt(page, none);
    await expect(olive.composer).toBeVisible();
    await expect(page.getByRole('button', { name: words.attach })).toHaveCount(0);
    const drag = await new Attaching(olive).drag([bytesOf('a.bin', 1)]);
    await expect(page.getByText(words.drop('#general'))).toBeHidden();
    await drag.drop();
    await expect(new Attaching(olive).chips).toHaveCount(0);
  } finally {
    await none.dispose();
  }
});
