import { randomUUID } from 'node:crypto';
import { messages } from '../src/renderer/messages.ts';
import { call } from '../test/server.ts';
import { expect, test, timed } from './support/fixtures.ts';
import { PackedApp } from './support/packed-app.ts';
import { Person } from './support/person.ts';
import { TestDesktop } from './support/session-bus.ts';

const withdrawnWithinMs = 1_000;

let desktop: TestDesktop;

test.beforeAll(async () => {
  desktop = await TestDesktop.start();
});
test.afterAll(() => {
  desktop.stop();
});

test(
  'a reply is told of until its thread was read, here or at another device',
  timed,
  async ({ server }) => {
    const profile = `threads-${Date.now()}`;
    const app = await PackedApp.launch({ profile, server: server.setUpUrl });
    const olive = new Person(app.page, 'Olive Owner');
    await olive.setUpWorkspace('Northwind');
    await olive.open('general');
    const elsewhere = await server.signIn();
    const ada = await server.register(elsewhere, 'ada', 'Ada Lovelace');
    const { channels } = await call(server.url, ada.accessToken, 'channel.browse', {});
    const channelId = channels[0]?.channel.id ?? '';
    const post = async (token: string, text: string, thread: { threadRootId?: string } = {}) => {
      const input = { channelId, nonce: randomUUID(), text, ...thread };
      return (await call(server.url, token, 'message.post', input)).message;
    };
    const root = await post(elsewhere.accessToken, 'Where do we meet?');
    const reply = (text: string) => post(ada.accessToken, text, { threadRootId: root.id });
    const readElsewhere = (number: number) =>
      call(server.url, elsewhere.accessToken, 'thread.markRead', { messageId: root.id, number });
    await olive.hears('Where do we meet?');

    await expect.poll(() => app.isVisible()).toBe(true);
    app.pressKeys('ctrl+w');
    await expect.poll(() => app.isVisible()).toBe(false);
    const before = desktop.shown.length;
    await reply('In the garden');
    await expect.poll(() => desktop.shown.length).toBe(before + 1);
    const readAt = performance.now();
    await readElsewhere(1);
    await expect.poll(() => desktop.shown.at(-1)?.closed, { intervals: [20] }).toBe(true);
    expect(performance.now() - readAt).toBeLessThan(withdrawnWithinMs);

    await reply('If it does not rain');
    await expect.poll(() => desktop.shown.length).toBe(before + 2);
    await desktop.activateTray();
    await expect.poll(() => app.isVisible()).toBe(true);
    app.giveFocus();
    // The channel is on screen, and not the reply.
    await olive.hears('Where do we meet?');
    expect(desktop.shown.at(-1)?.closed).toBe(false);
    await app.page.getByText('Where do we meet?').hover();
    await app.page.getByRole('button', { name: messages.message.reply }).click();
    await expect.poll(() => desktop.shown.at(-1)?.closed).toBe(true);
    // What is read there already is not read less by this.
    await expect.poll(async () => (await readElsewhere(1)).readThrough).toBe(2);
    expect(olive.problems).toEqual([]);
    await app.quit();
  },
);
