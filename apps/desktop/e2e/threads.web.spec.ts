import { messages } from '../src/renderer/messages.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import type { Person } from './support/person.ts';
import { atTwoDevices } from './support/two-devices.ts';

test('a person follows a thread, at one device for all of them', async ({ browser, server }) => {
  const { desk, laptop } = await atTwoDevices(browser, server);
  await desk.say('Where do we meet?');
  await laptop.hears('Where do we meet?');

  const toggle = ({ page }: Person, pressed: boolean) =>
    page.getByRole('button', { pressed, name: pressed ? /^Following$/ : /^Follow$/ });
  for (const { page } of [desk, laptop]) {
    await page.getByText('Where do we meet?').hover();
    await page.getByRole('button', { name: messages.message.reply }).click();
  }
  // Who began it follows it by that.
  await expect(toggle(desk, true)).toBeVisible();
  await expectAccessible(desk.page, 'a thread that is followed');
  await toggle(desk, true).click();
  await expect(toggle(desk, false)).toBeVisible();
  await expect(toggle(laptop, false)).toBeVisible();
  await laptop.choose('Where do we meet?', messages.message.followThread);
  await expect(toggle(desk, true)).toBeVisible();
  await desk.page.reload();
  await desk.isIn();
  await desk.choose('Where do we meet?', messages.message.unfollowThread);
  await expect(toggle(laptop, false)).toBeVisible();
  expect([...desk.problems, ...laptop.problems]).toEqual([]);
});
