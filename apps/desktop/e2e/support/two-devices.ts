import type { Browser } from '@playwright/test';
import { setupToken, type RealServer } from '../../test/server.ts';
import { Person } from './person.ts';

/** One person at two devices, in a workspace that they have just set up. */
export async function atTwoDevices(
  browser: Browser,
  server: RealServer,
): Promise<{ desk: Person; laptop: Person }> {
  const open = async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    return new Person(await context.newPage(), 'Olive Owner');
  };
  const desk = await open();
  await desk.page.goto(`${server.url}?setup=${setupToken}`);
  await desk.setUpWorkspace('Northwind');
  const laptop = await open();
  await laptop.page.goto(server.url);
  await laptop.signIn();
  return { desk, laptop };
}
