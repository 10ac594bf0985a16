import type { Page } from '@playwright/test';
import { messages } from '../src/renderer/messages.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import { Person } from './support/person.ts';

/** A zone in which it is about noon now, so that nobody's usual quiet hours are on. */
function zoneOfNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  // In these names the sign is turned around: https://data.iana.org/time-zones/tzdb/etcetera
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** A network on which every answer takes so long, as seen by a page that is yet to be opened. */
async function answerAfter(page: Page, delayMs: number): Promise<void> {
  await page.routeWebSocket(/\/socket\.io\//, (socket) => {
    socket.connectToServer().onMessage((message) => {
      setTimeout(() => {
        socket.send(message);
      }, delayMs);
    });
  });
}

test('a person says what notifies them, pauses it, and sees why', async ({ browser, server }) => {
  const permissions = ['notifications'];
  const viewport = { width: 1280, height: 800 };
  const oliveContext = await browser.newContext({ viewport });
  const timezoneId = zoneOfNoon();
  const adaContext = await browser.newContext({ viewport, permissions, timezoneId });
  const olive = new Person(await oliveContext.newPage(), 'Olive Owner');
  await olive.page.goto(server.setUpUrl);
  await olive.setUpWorkspace('Northwind');
  const ada = new Person(await adaContext.newPage(), 'Ada Lovelace');
  // Nobody waits for one choice to be stored before they make the next.
  await answerAfter(ada.page, 300);
  await ada.page.goto(await olive.invite());
  await ada.register();
  await ada.open('general');
  const { page } = ada;
  const { preferences, profile, pause, whyNotified } = messages;
  const dialog = page.getByRole('dialog');
  const own = async (entry: string) => {
    await page.getByRole('button', { name: messages.shell.you(ada.name) }).click();
    await page.getByRole('menuitem', { name: entry }).click();
  };

  await own(profile.preferences);
  const keywords = dialog.getByLabel(preferences.keywords);
  await keywords.fill('x'.repeat(61));
  await keywords.press('Tab');
  await expect(dialog.getByText(preferences.keywordErrors.too_long)).toBeVisible();
  await keywords.fill('Deploy,  on   call, DEPLOY');
  await keywords.press('Tab');
  await expect(keywords).toHaveValue('Deploy, on call');
  await dialog.getByRole('switch', { name: preferences.quietHours }).click();
  await dialog.getByLabel(preferences.quietFrom('Friday')).fill('17:30');
  await dialog.getByRole('checkbox', { name: 'Sunday' }).click();
  await expect(dialog.getByText(preferences.quietNone)).toBeVisible();
  await dialog.getByRole('button', { name: preferences.test }).click();
  await expect(dialog.getByText(preferences.testSent)).toBeVisible();
  await expectAccessible(page, 'preferences');
  await page.keyboard.press('Escape');

  await own(profile.pause);
  await expectAccessible(page, 'a pause');
  await dialog.getByRole('button', { name: pause.choices.hour }).click();
  await expect(page.getByRole('img', { name: pause.quiet })).toBeVisible();
  await own(profile.preferences);
  await expect(dialog.getByText(preferences.blockers.do_not_disturb)).toBeVisible();
  await page.keyboard.press('Escape');

  await olive.open('general');
  await olive.say('We deploy at noon');
  await ada.hears('We deploy at noon');
  await ada.choose('We deploy at noon', messages.message.whyNotified);
  await expect(dialog.getByText(whyNotified.reason('seen'))).toBeVisible();
  await expectAccessible(page, 'why');
  await page.keyboard.press('Escape');

  await page.reload();
  await ada.isIn();
  await own(profile.resume);
  await expect(page.getByRole('img', { name: pause.quiet })).toBeHidden();
  await own(profile.preferences);
  await expect(keywords).toHaveValue('Deploy, on call');
  await expect(dialog.getByLabel(preferences.quietFrom('Friday'))).toHaveValue('17:30');
  await expect(dialog.getByRole('checkbox', { name: 'Sunday' })).not.toBeChecked();
  expect(ada.problems).toEqual([]);
});
