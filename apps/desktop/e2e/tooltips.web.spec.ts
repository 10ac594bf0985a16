import { messages } from '../src/renderer/messages.ts';
import { expect, test } from './support/fixtures.ts';
import { ownerAt } from './support/people.ts';

test('what a button does is told to who rests on it, or comes to it by keyboard', async ({
  page,
  server,
}) => {
  const olive = await ownerAt(page, server);
  const { composer } = messages;
  const tip = page.getByRole('tooltip');
  const bold = page.getByRole('button', { name: composer.bold });
  await bold.hover();
  await expect(tip).toContainText(composer.bold);
  await expect(tip.locator('kbd').last()).toHaveText('B');
  await expect(bold).toHaveAttribute('aria-describedby', (await tip.getAttribute('id')) ?? '');
  // Who has just read one sees the next at once; there is never more than one.
  await page.getByRole('button', { name: composer.italic }).hover();
  await expect(tip).toContainText(composer.italic, { timeout: 300 });
  await expect(bold).not.toHaveAttribute('aria-describedby');
  await page.mouse.move(600, 300);
  await expect(tip).toBeHidden();

  await bold.hover();
  await expect(tip).toBeVisible();
  await page.mouse.down();
  await expect(tip).toBeHidden();
  await page.mouse.up();
  await page.mouse.move(600, 300);

  await olive.composer.focus();
  await page.keyboard.press('Tab');
  await expect(tip).toHaveText(messages.files.attach);
  await page.keyboard.press('Escape');
  await expect(tip).toBeHidden();
  await page.keyboard.press('Tab');
  await expect(tip).toHaveText(composer.formatting);
  await olive.composer.focus();
  await expect(tip).toBeHidden();
});
