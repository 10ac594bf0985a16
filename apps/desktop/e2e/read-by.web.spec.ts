import type { Browser, Page } from '@playwright/test';
import { messages } from '../src/renderer/messages.ts';
import type { RealServer } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import { inBrowser } from './support/people.ts';
import type { Person } from './support/person.ts';

const { readers, workspaceMenu, workspaceSettings } = messages;

/** Olive, who owns the workspace, and Ada in a direct conversation that both are in. */
async function inDirect(browser: Browser, server: RealServer) {
  const olive = await inBrowser(browser, 'Olive Owner');
  const questions = questionsOf(olive.page);
  await olive.page.goto(server.setUpUrl);
  await olive.setUpWorkspace('Northwind');
  const ada = await inBrowser(browser, 'Ada Lovelace');
  await ada.page.goto(await olive.invite());
  await ada.register();
  await olive.openDirect(ada.name);
  await olive.say('Have you seen the plan?');
  await olive.hears('Have you seen the plan?');
  return { olive, ada, questions };
}

async function showSettings({ page }: Person) {
  await page.getByRole('button', { name: /: menu of the workspace$/ }).click();
  await page.getByRole('menuitem', { name: workspaceMenu.settings }).click();
  return page.getByRole('dialog').getByRole('switch', { name: workspaceSettings.readReceipts });
}

async function switchReceipts(person: Person, on: boolean): Promise<void> {
  const choice = await showSettings(person);
  await choice.click();
  await expect(choice).toBeChecked({ checked: on });
  await person.page.keyboard.press('Escape');
  await expect(choice).toBeHidden();
}

/** What the menu of a message offers. */
async function offers(person: Person, text: string, entry: string): Promise<boolean> {
  await person.message(text).last().hover();
  await person.page.getByRole('button', { name: messages.message.more }).click();
  await expect(
    person.page.getByRole('menuitem', { name: messages.message.copyText }),
  ).toBeVisible();
  const offered = await person.page.getByRole('menuitem', { name: entry }).isVisible();
  await person.page.keyboard.press('Escape');
  return offered;
}

/** Counts the questions for readers that a page sends from now on; ask before it connects. */
function questionsOf(page: Page): () => number {
  let count = 0;
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      if (payload.includes('message.readers')) count += 1;
    });
  });
  return () => count;
}

/** Time in which a page that asks for readers would have asked, after something happened in the conversation. */
const wouldHaveAskedMs = 8_000;

/** What a page sees of its tab being in the background, or in front again. */
async function putInBackground(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    const get = () => (isHidden ? 'hidden' : 'visible');
    Object.defineProperty(document, 'visibilityState', { configurable: true, get });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** The line beneath a message. */
const line = (page: Page, name: string) =>
  page.getByRole('button', { name: readers.by(name), exact: true });

test('an author sees who has read a message, as long as the workspace allows it', async ({
  browser,
  server,
}) => {
  test.slow();
  const { olive, ada, questions } = await inDirect(browser, server);
  expect(await offers(olive, 'Have you seen the plan?', readers.entry)).toBe(false);
  await ada.page.getByRole('button', { name: /: menu of the workspace$/ }).click();
  await expect(ada.page.getByRole('menuitem', { name: workspaceMenu.people })).toBeVisible();
  await expect(ada.page.getByRole('menuitem', { name: workspaceMenu.settings })).toBeHidden();
  await ada.page.keyboard.press('Escape');

  const choice = await showSettings(olive);
  await expect(choice).not.toBeChecked();
  await expectAccessible(olive.page, 'the settings of the workspace');
  await olive.page.keyboard.press('Escape');
  await switchReceipts(olive, true);

  await olive.choose('Have you seen the plan?', readers.entry);
  const dialog = olive.page.getByRole('dialog');
  await expect(dialog.getByText(readers.nobody)).toBeVisible();
  await expect(dialog.getByRole('group')).toHaveCount(0);
  await expectAccessible(olive.page, 'nobody has read it');
  await olive.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await ada.open(olive.name);
  await ada.hears('Have you seen the plan?');
  // Nobody tells of it: it is asked for, at the latest twice as long after as the first wait takes.
  await expect(line(olive.page, ada.name)).toBeVisible({ timeout: 40_000 });
  await expectAccessible(olive.page, 'a message that was read');
  await expect(line(ada.page, olive.name)).toBeHidden();
  expect(await offers(ada, 'Have you seen the plan?', readers.entry)).toBe(false);

  await line(olive.page, ada.name).click();
  await expect(dialog.getByText(readers.count(1, 1))).toBeVisible();
  await expect(dialog.getByRole('listitem')).toHaveText(ada.name);
  // The keys reach what scrolls.
  await dialog.getByRole('group', { name: readers.title }).focus();
  await expect(dialog.getByRole('group', { name: readers.title })).toBeFocused();
  await expectAccessible(olive.page, 'who has read it');
  await olive.page.keyboard.press('Escape');

  // What Ada answers shows the reading at once, beneath the new message and not the old one.
  await olive.say('And this?');
  await ada.hears('And this?');
  await ada.say('Yes');
  await expect(olive.message('And this?').getByText(readers.by(ada.name))).toBeVisible();
  await expect(line(olive.page, ada.name)).toHaveCount(1);

  // A reply is read by who has its thread on screen.
  const inThread = ({ page }: Person, text: string) =>
    page.getByLabel(messages.timeline.threadLabel).getByRole('article').filter({ hasText: text });
  await olive.message('Yes').hover();
  await olive.page.getByRole('button', { name: messages.message.reply }).click();
  const field = olive.page.getByRole('textbox', { name: messages.composer.replyLabel });
  await field.fill('Between us');
  await field.press('Enter');
  const readersOfReply = async () => {
    await inThread(olive, 'Between us').hover();
    await olive.page.getByRole('button', { name: messages.message.more }).click();
    await olive.page.getByRole('menuitem', { name: readers.entry }).click();
  };
  await readersOfReply();
  await expect(dialog.getByText(readers.nobody)).toBeVisible();
  await olive.page.keyboard.press('Escape');
  await ada.page.getByRole('button', { name: messages.message.openThread }).click();
  await expect(inThread(ada, 'Between us')).toBeVisible();
  // Her app tells of it in a moment.
  await expect(async () => {
    await readersOfReply();
    try {
      await expect(dialog.getByRole('listitem')).toHaveText(ada.name, { timeout: 2_000 });
    } finally {
      await olive.page.keyboard.press('Escape');
    }
  }).toPass({ timeout: 40_000 });
  await olive.page.keyboard.press('Escape');

  await olive.choose('And this?', readers.entry);
  await expect(dialog.getByRole('listitem')).toHaveText(ada.name);
  const elsewhere = await inBrowser(browser, olive.name);
  await elsewhere.page.goto(server.url);
  await elsewhere.signIn();
  await switchReceipts(elsewhere, false);
  await expect(dialog).toBeHidden();
  await expect(line(olive.page, ada.name)).toBeHidden();
  expect(await offers(olive, 'And this?', readers.entry)).toBe(false);
  const before = questions();
  await ada.say('Anything else?');
  await olive.hears('Anything else?');
  await olive.page.waitForTimeout(wouldHaveAskedMs);
  expect(questions()).toBe(before);
  expect([...olive.problems, ...ada.problems, ...elsewhere.problems]).toEqual([]);
});

test('nobody is asked about behind a tab in the background, and a server that is away is told of', async ({
  browser,
  server,
}) => {
  test.slow();
  const { olive, ada, questions } = await inDirect(browser, server);
  await ada.open(olive.name);
  expect(questions()).toBe(0);
  await switchReceipts(olive, true);
  await expect(line(olive.page, ada.name)).toBeVisible();

  await putInBackground(olive.page, true);
  const before = questions();
  await ada.say('Are you there?');
  await olive.hears('Are you there?');
  await olive.page.waitForTimeout(wouldHaveAskedMs);
  expect(questions()).toBe(before);
  await putInBackground(olive.page, false);
  await expect.poll(questions).toBeGreaterThan(before);

  await server.kill();
  await expect(olive.page.getByText(messages.connection.offline)).toBeVisible({ timeout: 40_000 });
  await olive.choose('Have you seen the plan?', readers.entry);
  const dialog = olive.page.getByRole('dialog');
  const trouble = dialog.getByRole('alert');
  await expect(trouble).toHaveText(messages.errors.unavailable);
  await expectAccessible(olive.page, 'readers that cannot be asked for');
  await dialog.getByRole('button', { name: messages.form.retry }).click();
  await expect(trouble).toBeVisible();
  await server.restart();
  await expect(dialog.getByRole('listitem')).toHaveText(ada.name, { timeout: 40_000 });
});
