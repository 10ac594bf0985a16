import { messages } from '../src/renderer/messages.ts';
import { expectAccessible } from './support/accessible.ts';
import { expect, test } from './support/fixtures.ts';
import { atTwoDevices } from './support/two-devices.ts';

test('one person goes on writing at another device, and chooses where both were changed', async ({
  browser,
  server,
}) => {
  const { desk, laptop } = await atTwoDevices(browser, server);

  // Begun here, it is there by itself; ended there, it is gone here.
  await desk.composer.pressSequentially('Dear all');
  await expect(laptop.composer).toHaveValue('Dear all');
  await laptop.composer.press('End');
  await laptop.composer.pressSequentially(', welcome');
  await expect(desk.composer).toHaveValue('Dear all, welcome');
  await laptop.composer.press('Enter');
  await laptop.hears('Dear all, welcome');
  await expect(desk.composer).toHaveValue('');

  // Without a network both go on from the same words.
  await desk.composer.pressSequentially('We meet');
  await expect(laptop.composer).toHaveValue('We meet');
  await desk.page.context().setOffline(true);
  await expect(desk.page.getByText(messages.connection.offline)).toBeVisible({ timeout: 60_000 });
  await desk.composer.press('End');
  await desk.composer.pressSequentially(' on Monday');
  await laptop.composer.press('End');
  await laptop.composer.pressSequentially(' at noon');
  // Leaving the field sends it.
  await laptop.composer.blur();
  await desk.page.context().setOffline(false);
  const question = desk.page.getByRole('group', { name: messages.draft.title });
  await expect(question.getByText('We meet at noon')).toBeVisible({ timeout: 40_000 });
  await expect(desk.composer).toHaveValue('We meet on Monday');
  await expect(laptop.composer).toHaveValue('We meet at noon');
  await expectAccessible(desk.page, 'a draft from another device');
  await question.getByRole('button', { name: messages.draft.keepBoth }).click();
  await expect(question).toBeHidden();
  const both = 'We meet on Monday\n\nWe meet at noon';
  await expect(desk.composer).toHaveValue(both);
  await expect(laptop.composer).toHaveValue(both);
  await laptop.page.reload();
  await laptop.isIn();
  await expect(laptop.composer).toHaveValue(both);
});
