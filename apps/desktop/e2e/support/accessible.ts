import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Where pictures of all that is looked at go; none: nobody wants any. */
const pictures = process.env.PARLEY_PICTURES;

/** axe finds nothing wrong with the page as it is. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  // Colours are judged when nothing fades in or out.
  await page.waitForFunction(() =>
    document.getAnimations().every(({ playState }) => playState !== 'running'),
  );
  // Electron opens no second page, in which axe would put frames together; there are none.
  const isDesktop = page.url().startsWith('app:');
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(isDesktop).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );
  expect(found, what).toEqual([]);
  if (pictures !== undefined) await takePictures(page, join(pictures, what.replaceAll(' ', '-')));
}

/** As it is in light and in dark, for a person to judge. */
async function takePictures(page: Page, path: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${path}-${colorScheme}.png`, animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: null });
}
