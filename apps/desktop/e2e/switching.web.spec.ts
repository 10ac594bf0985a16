import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { messages } from '../src/renderer/messages.ts';
import { call, type RealServer } from '../test/server.ts';
import { expect, test } from './support/fixtures.ts';
import { ownerAt } from './support/people.ts';

const rowsEach = 40;

/** A channel of messages that are some lines tall. */
async function tallChannel(server: RealServer, name: string): Promise<void> {
  const { accessToken } = await server.signIn();
  const { channel } = await call(server.url, accessToken, 'channel.create', {
    kind: 'private',
    name,
    userIds: [],
  });
  for (let n = 1; n <= rowsEach; n += 1) {
    await call(server.url, accessToken, 'message.post', {
      channelId: channel.id,
      nonce: randomUUID(),
      text: `${name} ${n}${'\n\nand another paragraph'.repeat(4)}`,
    });
  }
}

/** Opens a conversation by a click: how many rows were made until it was on screen, and how many of them are in sight. */
function rowsMadeBy(page: Page, conversation: string): Promise<{ made: number; inSight: number }> {
  return page.evaluate(async (name) => {
    const row = [...document.querySelectorAll<HTMLElement>('button[data-channel]')].find((each) =>
      each.textContent.includes(name),
    );
    let made = 0;
    const observer = new MutationObserver((records) => {
      for (const added of records.flatMap((record) => [...record.addedNodes])) {
        if (added instanceof Element) made += added.querySelectorAll('article').length;
      }
    });
    observer.observe(document.body, { childList: true, subtree: true });
    performance.clearMarks('conversation-shown');
    row?.click();
    while (performance.getEntriesByName('conversation-shown').length === 0) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    observer.disconnect();
    const rows = [...document.querySelectorAll('article')].map((each) =>
      each.getBoundingClientRect(),
    );
    const inSight = rows.filter(({ top, bottom }) => bottom > 0 && top < innerHeight).length;
    return { made, inSight };
  }, conversation);
}

test('going back to a conversation makes the rows that are in sight, and the composer stays', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  await tallChannel(server, 'towers');
  await tallChannel(server, 'cliffs');
  for (const name of ['towers', 'cliffs']) {
    await olive.open(name);
    await olive.hears(`${name} ${rowsEach}`);
  }
  const formatting = page.getByRole('toolbar', { name: messages.composer.formatting });
  const before = await formatting.elementHandle();

  const { made, inSight } = await rowsMadeBy(page, 'towers');
  await olive.hears(`towers ${rowsEach}`);
  expect(inSight).toBeGreaterThan(2);
  // One more may reach into what is in sight from above.
  expect(made).toBeLessThanOrEqual(inSight + 1);
  expect(await formatting.evaluate((now, then) => now === then, before)).toBe(true);
  expect(olive.problems).toEqual([]);
});

test('each conversation has its own words in the composer, and its own way back', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  await olive.createChannel('towers', { isPrivate: false });
  await olive.composer.pressSequentially('half a thought');
  await page.getByRole('button', { name: messages.composer.emoji }).click();
  await olive.open('general');
  await expect(olive.composer).toHaveValue('');
  await expect(page.getByRole('dialog', { name: messages.emoji.picker })).toBeHidden();
  await olive.composer.press('ControlOrMeta+z');
  await expect(olive.composer).toHaveValue('');
  await olive.say('said here');
  await olive.hears('said here');
  await olive.open('towers');
  await expect(olive.composer).toHaveValue('half a thought');
});

/** Notes where the page changes from now on: the row of the sidebar, or what else it is in. */
async function watchChanges(page: Page): Promise<() => Promise<string[]>> {
  const changes = await page.evaluateHandle(() => {
    const seen = new Set<string>();
    const observer = new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest<HTMLElement>('button[data-channel]');
        seen.add(row?.querySelector('.name')?.textContent ?? element?.tagName ?? '');
      }
    });
    const everything = { attributes: true, childList: true, characterData: true, subtree: true };
    observer.observe(document, everything);
    return seen;
  });
  return () => changes.evaluate((seen) => [...seen].sort());
}

test('what is said elsewhere draws its own row and nothing else', async ({ page, server }) => {
  const olive = await ownerAt(page, server);
  for (const name of ['towers', 'cliffs']) await olive.createChannel(name, { isPrivate: true });
  const owner = await server.signIn();
  const { accessToken } = await server.register(owner, 'ada', 'Ada Lovelace');
  const { channels } = await call(server.url, accessToken, 'channel.browse', {});
  const channelId = channels[0]?.channel.id ?? '';
  const say = (text: string) =>
    call(server.url, accessToken, 'message.post', { channelId, nonce: randomUUID(), text });
  const row = (unread: number) =>
    olive.sidebar.getByRole('button', { name: `general ${messages.sidebar.unreadCount(unread)}` });
  await say('one');
  await expect(row(1)).toBeVisible();
  const changed = await watchChanges(page);
  await say('two');
  await expect(row(2)).toBeVisible();
  expect(await changed()).toEqual(['general']);
});

test('who types elsewhere is told by dots that stand still, and here by dots that move', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  const ada = await server.register(await server.signIn(), 'ada', 'Ada Lovelace');
  await tallChannel(server, 'elsewhere');
  const { channels } = await call(server.url, ada.accessToken, 'channel.browse', {});
  const channelId = channels[0]?.channel.id ?? '';
  const type = () => call(server.url, ada.accessToken, 'typing.start', { channelId });
  const moving = (dots: ReturnType<Page['locator']>) =>
    dots.evaluate((element) => element.getAnimations({ subtree: true }).length);

  await olive.open('elsewhere');
  await type();
  const still = page.getByRole('img', { name: messages.sidebar.typing });
  await expect(still).toBeVisible();
  expect(await moving(still)).toBe(0);

  await olive.open('general');
  await type();
  const line = page.getByText(messages.typing(['Ada Lovelace'])).locator('..');
  await expect(line).toBeVisible();
  expect(await moving(line)).toBe(3);
});
