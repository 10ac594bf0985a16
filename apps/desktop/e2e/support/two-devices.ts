import type { Browser } from '@playwright/test';
import type { RealServer } from '../../test/server.ts';
import { inBrowser } from './people.ts';
import type { Person } from './person.ts';

/** One person at two devices, in a workspace that they have just set up. */
export async function atTwoDevices(
  browser: Browser,
  server: RealServer,
): Promise<{ desk: Person; laptop: Person }> {
  const desk = await inBrowser(browser, 'Olive Owner');
  await desk.page.goto(server.setUpUrl);
  await desk.setUpWorkspace('Northwind');
  const laptop = await inBrowser(browser, desk.name);
  await laptop.page.goto(server.url);
  await laptop.signIn();
  return { desk, laptop };
}
