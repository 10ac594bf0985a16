import { randomUUID } from 'node:crypto';
import type { Locator } from '@playwright/test';
import { messages } from '../src/renderer/messages.ts';
import { call, type RealServer } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
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

const panelOf = (app: PackedApp) =>
  app.page.getByRole('complementary', { name: messages.search.title });
const fieldOf = (app: PackedApp) => panelOf(app).getByRole('combobox');
const hitsOf = (app: PackedApp) => panelOf(app).getByRole('option');

async function owner(server: RealServer): Promise<[PackedApp, Person, string]> {
  const profile = `search-${Date.now()}`;
  const app = await PackedApp.launch({ profile, server: server.setUpUrl });
  const olive = new Person(app.page, 'Olive Owner');
  await olive.setUpWorkspace('Northwind');
  return [app, olive, profile];
}

/** The owner at another device. */
async function elsewhere(server: RealServer) {
  const signedIn = await server.signIn();
  const token = signedIn.accessToken;
  return {
    signedIn,
    token,
    post: async (channelId: string, text: string, threadRootId?: string) => {
      const nonce = randomUUID();
      const thread = threadRootId === undefined ? {} : { threadRootId };
      const input = { channelId, nonce, text, ...thread };
      return (await call(server.url, token, 'message.post', input)).message;
    },
  };
}

async function found(field: Locator, hits: Locator, query: string, texts: string[]): Promise<void> {
  await field.fill(query);
  await expect(hits).toHaveCount(texts.length);
  for (const [index, text] of texts.entries()) await expect(hits.nth(index)).toContainText(text);
}

test('what this device holds is searched without a server, in any script, and a hit leads to its message', async ({
  server,
}) => {
  const [first, olive, profile] = await owner(server);
  let app = first;
  const there = await elsewhere(server);
  await olive.open('general');
  const { channels } = await call(server.url, there.token, 'channel.browse', {});
  const general = channels[0]?.channel.id ?? '';
  const root = await there.post(general, 'Das **Café** in der Straße');
  await there.post(general, '明日の会議は九時です');
  await there.post(general, 'قال مُحَمَّد ذلك');
  for (let n = 0; n < 60; n += 1) await there.post(general, `filling ${n}`);
  const edited = await there.post(general, 'a typo hree');
  const gone = await there.post(general, 'a secret typo');
  await olive.hears('a secret typo');
  await olive.createChannel('kitchen', { isPrivate: true });
  await olive.say('the café is closed');
  await olive.hears('the café is closed');
  await olive.open('general');
  await there.post(general, 'a reply about coffee', root.id);

  await app.page.keyboard.press('Control+f');
  await expect(fieldOf(app)).toBeFocused();
  await expect(panelOf(app).getByText(messages.search.where)).toBeVisible();
  await found(fieldOf(app), hitsOf(app), 'typo', ['a secret typo', 'a typo hree']);
  await call(server.url, there.token, 'message.edit', { messageId: edited.id, text: 'a tea here' });
  await call(server.url, there.token, 'message.delete', { messageId: gone.id });
  await expect(hitsOf(app)).toHaveCount(0);
  await expect(panelOf(app).getByText(messages.search.none('typo'))).toBeVisible();
  await found(fieldOf(app), hitsOf(app), 'tea', ['a tea here']);
  await expectAccessible(app.page, 'the search');

  // What is shown is on the disk within two seconds.
  await app.page.waitForTimeout(2_500);
  await server.kill();
  await app.quit();
  app = await PackedApp.launch({ profile });
  const again = new Person(app.page, 'Olive Owner');
  await expect(again.sidebar).toBeVisible();
  await app.page.keyboard.press('Control+f');
  const field = fieldOf(app);
  const hits = hitsOf(app);
  await found(field, hits, 'CAFE', ['the café is closed', 'Das Café in der Straße']);
  await found(field, hits, '"cafe in der strasse"', ['Das Café in der Straße']);
  await found(field, hits, 'cafe -closed', ['Das Café in der Straße']);
  await found(field, hits, '会議', ['明日の会議は九時です']);
  await found(field, hits, 'محمد', ['قال مُحَمَّد ذلك']);
  await found(field, hits, 'typo', []);
  await field.fill('filling');
  await expect(hits.first()).toContainText('filling 59');
  await found(field, hits, 'strasse', ['Das Café in der Straße']);
  await expect(hits.locator('mark')).toHaveText('Straße');
  await field.press('Enter');
  await expect(again.message('Das Café in der Straße')).toBeInViewport();
  // The panel stays, with what was looked for.
  await expect(field).toHaveValue('strasse');
  await field.press('Escape');
  await expect(panelOf(app)).toBeHidden();
  await expect(again.composer).toBeFocused();
  await app.quit();
});

test('of a conversation that one was taken out of nothing is found any more', async ({
  server,
}) => {
  const [app, olive] = await owner(server);
  const there = await elsewhere(server);
  const ada = await server.register(there.signedIn, 'ada', 'Ada Lovelace');
  const { channel } = await call(server.url, ada.accessToken, 'channel.create', {
    kind: 'private',
    name: 'hidden',
    userIds: [there.signedIn.user.id],
  });
  const nonce = randomUUID();
  const input = { channelId: channel.id, nonce, text: 'between us: marmalade' };
  await call(server.url, ada.accessToken, 'message.post', input);
  await olive.open('hidden');
  await olive.hears('marmalade');
  await app.page.keyboard.press('Control+k');
  await app.page.getByRole('combobox').fill('marmal');
  await app.page.getByRole('option', { name: messages.search.inSwitcher('marmal') }).click();
  await expect(fieldOf(app)).toBeFocused();
  await expect(hitsOf(app)).toHaveCount(1);
  await call(server.url, ada.accessToken, 'channel.removeMember', {
    channelId: channel.id,
    userId: there.signedIn.user.id,
  });
  await expect(hitsOf(app)).toHaveCount(0);
  await fieldOf(app).fill('marmalade');
  await expect(panelOf(app).getByText(messages.search.none('marmalade'))).toBeVisible();
  await app.quit();
});

test('the bar finds within a conversation, also what is far from the screen, and Escape gives the focus back', async ({
  server,
}) => {
  const [app, olive] = await owner(server);
  const there = await elsewhere(server);
  const { channels } = await call(server.url, there.token, 'channel.browse', {});
  const general = channels[0]?.channel.id ?? '';
  await olive.open('general');
  for (let n = 0; n < 150; n += 1) {
    await there.post(general, n % 50 === 10 ? `a **nee**dle, number ${n}` : `hay ${n}`);
  }
  await olive.hears('hay 149');
  await expect(olive.message('number 10')).toHaveCount(0);
  await olive.composer.focus();
  await app.page.keyboard.press('Control+Shift+f');
  const bar = app.page.getByRole('search', { name: messages.find.title });
  const field = bar.getByRole('textbox');
  await expect(field).toBeFocused();
  await field.fill('needle');
  await expect(bar.getByText(messages.find.count(3, 3))).toBeVisible();
  await expect(olive.message('number 110')).toBeInViewport();
  await expect
    .poll(() => app.page.evaluate(() => CSS.highlights.get('find-current')?.size ?? 0))
    .toBe(1);
  await field.press('Enter');
  await expect(olive.message('number 60')).toBeInViewport();
  await field.press('Enter');
  await expect(olive.message('number 10')).toBeInViewport();
  await expect(bar.getByText(messages.find.count(1, 3))).toBeVisible();
  await field.press('Shift+Enter');
  await expect(olive.message('number 60')).toBeInViewport();
  await expect(field).toBeFocused();
  await expectAccessible(app.page, 'the bar that finds');
  await there.post(general, 'one more needle');
  await expect(bar.getByText(messages.find.count(2, 4))).toBeVisible();
  await field.press('Escape');
  await expect(bar).toBeHidden();
  await expect(olive.composer).toBeFocused();
  expect(await app.page.evaluate(() => CSS.highlights.size)).toBe(0);
  await app.page.keyboard.press('Control+Shift+f');
  await field.fill('needle');
  await bar.getByRole('button', { name: messages.find.everywhere }).click();
  await expect(hitsOf(app)).toHaveCount(4);
  expect(olive.problems).toEqual([]);
  await app.quit();
});
