import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

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
}
