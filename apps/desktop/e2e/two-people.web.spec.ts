import type { Page } from '@playwright/test';
import { shortestMs } from '../../../packages/shared/test/fastest.ts';
import { messages } from '../src/renderer/messages.ts';
import { setupToken } from '../test/server.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test, timed } from './support/fixtures.ts';
import { inBrowser, ownerAt } from './support/people.ts';
import type { Person } from './support/person.ts';

test('two people set up a workspace, talk, change what they said, and come back', async ({
  browser,
  server,
}) => {
  const olive = await inBrowser(browser, 'Olive Owner');
  await olive.page.goto(server.setUpUrl);
  await expect(olive.page.getByLabel(messages.signIn.workspaceName)).toBeVisible();
  await expectAccessible(olive.page, 'set-up');
  await olive.setUpWorkspace('Northwind');
  // The token is used up and must not stay in the address or the history.
  expect(olive.page.url()).not.toContain(setupToken);
  await expectAccessible(olive.page, 'an empty channel');

  const link = await olive.invite();
  const ada = await inBrowser(browser, 'Ada Lovelace');
  await ada.page.goto(link);
  await expect(ada.page.getByLabel(messages.signIn.displayName)).toBeVisible();
  await expectAccessible(ada.page, 'registration');
  await ada.register();

  await olive.createChannel('release-4', { isPrivate: false });
  await olive.addPerson('Ada Lovelace');
  await expect(ada.sidebar.getByRole('button', { name: 'release-4' })).toBeVisible();
  await olive.say('Hello **Ada**, can you see this?');
  await expect(
    ada.sidebar.getByRole('button', { name: 'release-4 1 unread message' }),
  ).toBeVisible();
  await ada.open('release-4');
  await ada.hears('Hello Ada, can you see this?');

  await ada.composer.pressSequentially('I am typing');
  await expect(olive.page.getByText('Ada Lovelace is typing…')).toBeVisible();
  await ada.composer.fill('');
  await ada.say('Yes! 🎉 <script>alert(1)</script> [x](javascript:alert(1))');
  await olive.hears('<script>alert(1)</script>');
  await olive.reactTo('Yes! 🎉');
  await expect(ada.message('Yes! 🎉').getByRole('button', { name: /1 person/ })).toBeVisible();

  await ada.choose('Yes! 🎉', messages.message.edit);
  await ada.page.getByRole('textbox', { name: messages.message.editing }).fill('Yes, edited');
  await ada.page.keyboard.press('Enter');
  await olive.hears('Yes, edited');
  await expect(olive.message('Yes, edited').getByText('(edited)')).toBeVisible();
  await expectAccessible(olive.page, 'a channel with messages');

  await ada.say('Delete me');
  await olive.hears('Delete me');
  await ada.choose('Delete me', messages.message.delete);
  await ada.page
    .getByRole('dialog')
    .getByRole('button', { name: messages.message.deleteConfirm })
    .click();
  await olive.hears(messages.message.deleted);

  const { createChannel, sidebar } = messages;
  await olive.page.getByRole('button', { name: sidebar.addChannel }).click();
  await olive.page.getByRole('menuitem', { name: sidebar.createChannel }).click();
  const form = olive.page.getByRole('dialog');
  await form.getByLabel(createChannel.name, { exact: true }).fill('general');
  await form.getByRole('button', { name: createChannel.submit }).click();
  await expect(form.getByText(messages.channel.nameTaken)).toBeVisible();
  await olive.page.keyboard.press('Escape');
  await expect(form).toBeHidden();

  await olive.createChannel('secret', { isPrivate: true });
  await olive.say('Nobody else sees this');
  await expect(ada.sidebar.getByRole('button', { name: 'secret' })).toBeHidden();

  await ada.page.getByRole('button', { name: messages.sidebar.newDirect }).click();
  const picker = ada.page.getByRole('dialog');
  await expect(picker.getByRole('listbox')).toBeVisible();
  await expectAccessible(ada.page, 'a choice of people');
  await picker.getByRole('option', { name: 'Olive Owner' }).click();
  await expect(picker.getByText(messages.addPeople.nobodyElse)).toBeVisible();
  await expectAccessible(ada.page, 'nobody left to choose');
  await picker.getByRole('button', { name: messages.newDirect.submit }).click();
  await expect(picker).toBeHidden();
  await ada.say('A word with you, Olive');
  await expect(olive.sidebar.getByRole('button', { name: 'Ada Lovelace' })).toBeVisible();
  await olive.open('Ada Lovelace');
  await olive.hears('A word with you, Olive');
  await expectAccessible(olive.page, 'a direct conversation');

  await olive.page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(olive.page, 'dark');
  await olive.page.setViewportSize({ width: 640, height: 800 });
  await expectAccessible(olive.page, 'narrow');

  await ada.page.reload();
  await ada.isIn();
  await ada.open('release-4');
  await ada.hears('Yes, edited');
  expect([...olive.problems, ...ada.problems]).toEqual([]);
});

test('what is written while the server is away is sent once when it is back', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  await olive.say('before');
  await olive.hears('before');
  await server.kill();
  await expect(page.getByText(messages.connection.offline)).toBeVisible({ timeout: 40_000 });
  await olive.say('while away 1');
  await olive.say('while away 2');
  await olive.composer.fill('half a thought');
  await olive.hears('while away 2');
  await server.restart();
  await page.getByRole('button', { name: messages.connection.tryNow }).click();
  await olive.isIn();
  await expect(olive.message('while away 2').getByText(messages.message.waiting)).toBeHidden();
  await expect(olive.composer).toHaveValue('half a thought');
  await page.reload();
  await olive.isIn();
  await olive.hears('while away 2');
  await expect(olive.message('while away 1')).toHaveCount(1);
  await expect(olive.message('while away 2')).toHaveCount(1);
  await expect(olive.composer).toHaveValue('half a thought');
});

test('history scrolls back without jumping, and few rows are alive', async ({ page, server }) => {
  const olive = await ownerAt(page, server);
  const general = await olive.fill(server, 1_000);
  // Under a flood, and painted from storage and then caught up, the list stands at its end by itself.
  await expectAtEnd(olive, general.count);
  await page.reload();
  await olive.isIn();
  await expectAtEnd(olive, general.count);
  const list = olive.timeline;
  for (let turn = 0; turn < 25; turn += 1) {
    const before = await list.evaluate(firstVisible);
    await page.mouse.move(700, 400);
    await page.mouse.wheel(0, -900);
    await page.waitForTimeout(60);
    const after = await list.evaluate(firstVisible);
    // The wheel moved it up by at most its own distance: nothing that loaded above pushed it.
    expect(before - after).toBeGreaterThanOrEqual(0);
    expect(before - after).toBeLessThan(60);
    expect(await list.getByRole('article').count()).toBeLessThan(300);
  }
  expect(await list.evaluate(firstVisible)).toBeLessThan(general.count - 200);
});

async function expectAtEnd(person: Person, count: number): Promise<void> {
  await expect(person.message(`line ${count - 1} `)).toBeInViewport();
  await expect(person.page.getByRole('button', { name: messages.timeline.latest })).toBeHidden();
}

/** The number of the first line on screen, from its text `line <n> …`. */
function firstVisible(list: HTMLElement): number {
  const top = list.getBoundingClientRect().top;
  const row = [...list.querySelectorAll('article')].find(
    (each) => each.getBoundingClientRect().bottom > top + 1,
  );
  return Number(/line (\d+) /.exec(row?.textContent ?? '')?.[1] ?? Number.NaN);
}

/** The longest time that the page was held up while something happened, in ms. */
async function longestTask(page: Page, happen: () => Promise<void>): Promise<number> {
  const observed = await page.evaluateHandle(() => {
    const durations: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) durations.push(duration);
    });
    observer.observe({ type: 'longtask' });
    return { durations, observer };
  });
  await happen();
  return observed.evaluate(({ durations, observer }) => {
    for (const { duration } of observer.takeRecords()) durations.push(duration);
    observer.disconnect();
    return Math.max(0, ...durations);
  });
}

test(
  'hostile text is shown as text and does not hold the page up',
  timed,
  async ({ page, server }) => {
    const olive = await ownerAt(page, server);
    const hostile = [
      'x'.repeat(16_000),
      `${'>'.repeat(10_000)}deep`,
      '*'.repeat(16_000),
      '[a]('.repeat(4_000),
      '\u202eright to left\u202c and on',
      '👩‍👩‍👧‍👦'.repeat(500),
      '<img src=x onerror="window.owned=1"><svg onload="window.owned=1">',
      '[click](javascript:window.owned=1) [data](data:text/html,x)',
      `\`\`\`html\n<script>window.owned=1</script>\n\`\`\``,
      Array.from({ length: 500 }, (_, n) => `line ${n}`).join('\n'),
    ];
    const usual = await longestTask(page, () => olive.shows(server, 'An ordinary message.'));
    for (const text of hostile) {
      // What showing this message costs more than showing any other.
      const moreMs = async () => (await longestTask(page, () => olive.shows(server, text))) - usual;
      expect(await shortestMs(100, moreMs), `ms for ${text.slice(0, 30)}`).toBeLessThan(100);
    }
    await olive.hears('line 12');
    await page.getByRole('button', { name: messages.message.showAll }).last().click();
    await olive.hears('line 499');
    for (const scheme of ['javascript:', 'data:']) {
      await expect(page.locator(`a[href^="${scheme}"]`)).toHaveCount(0);
    }
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
    expect(olive.problems).toEqual([]);
  },
);
