import { messages } from '../src/renderer/messages.ts';
import { expect, test, timed } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { TestDesktop } from './support/session-bus.ts';

/** Longer than the server keeps a connection that does not answer. */
const sleepMs = 60_000;
const wokenWithinMs = 2_000;

let desktop: TestDesktop;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});

test(
  'after a minute of sleep everything that was missed is there within two seconds, once and in order',
  timed,
  async ({ server }) => {
    test.slow();
    const profile = `sleeper-${Date.now()}`;
    const app = await PackedApp.launch({ profile, server: server.setUpUrl });
    const olive = new Person(app.page, 'Olive Owner');
    await olive.setUpWorkspace('Northwind');
    await olive.open('general');
    await olive.say('Good night');
    await olive.hears('Good night');
    const sleeping = app.sleep(sleepMs);
    for (const text of ['first dream', 'second dream', 'third dream'])
      await olive.post(server, text);
    await sleeping;
    const wokeAt = performance.now();
    await expect(olive.message('third dream')).toBeVisible();
    await expect(app.page.getByText(messages.shell.connected, { exact: true })).toBeVisible();
    expect(performance.now() - wokeAt).toBeLessThan(wokenWithinMs);
    await expect(olive.message('dream')).toHaveText([/first dream/, /second dream/, /third dream/]);
    await olive.say('Good morning');
    await olive.hears('Good morning');
    expect(olive.problems).toEqual([]);
    await app.quit();
  },
);
