import type { Browser, Page } from '@playwright/test';
import type { RealServer } from '../../test/server.ts';
import { Person } from './person.ts';

/** Somebody at a browser of their own. What the page's policy forbids is one of their problems. */
export async function inBrowser(browser: Browser, name: string): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      reportError(new Error(`the policy forbids ${blockedURI} (${violatedDirective})`));
    });
  });
  return new Person(page, name);
}

/** The owner of a workspace that they have just set up, at this page. */
export async function ownerAt(page: Page, server: RealServer): Promise<Person> {
  const olive = new Person(page, 'Olive Owner');
  await page.goto(server.setUpUrl);
  await olive.setUpWorkspace('Northwind');
  return olive;
}
