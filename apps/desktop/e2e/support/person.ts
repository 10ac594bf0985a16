import { randomUUID } from 'node:crypto';
import { expect, type Locator, type Page } from '@playwright/test';
import { capMs } from '../../src/live/backoff.ts';
import { messages } from '../../src/renderer/messages.ts';
import { call, password, setupToken, type RealServer } from '../../test/server.ts';

/** After a server was away for a while: the longest wait before the next attempt, and the attempt. */
export const reconnectedWithinMs = capMs + 15_000;

/** What somebody does in Parley, whether the page is the desktop app's window or a browser's. */
export class Person {
  readonly page: Page;
  readonly name: string;
  readonly username: string;
  readonly problems: string[] = [];
  #session: { token: string; channelId: string } | null = null;

  constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
    page.setDefaultTimeout(15_000);
    this.username = name.toLowerCase().replaceAll(' ', '.');
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error)));
  }

  /** Types the server's address on the first screen. */
  async connectTo(server: string): Promise<void> {
    await this.page.getByLabel(messages.signIn.server).fill(server);
    await this.page.getByRole('button', { name: messages.signIn.connect }).click();
  }

  async setUpWorkspace(workspace: string): Promise<void> {
    const { signIn } = messages;
    const token = this.page.getByLabel(signIn.setupToken);
    await expect(this.page.getByLabel(signIn.workspaceName)).toBeVisible();
    if (await token.isVisible()) await token.fill(setupToken);
    await this.page.getByLabel(signIn.workspaceName).fill(workspace);
    await this.#fillAccount();
    await this.page.getByRole('button', { name: signIn.setup }).click();
    await this.isIn();
  }

  async register(): Promise<void> {
    await this.#fillAccount();
    await this.page.getByRole('button', { name: messages.signIn.register }).click();
    await this.isIn();
  }

  async signIn(): Promise<void> {
    await this.page.getByLabel(messages.signIn.login).fill(this.username);
    await this.page.getByLabel(messages.signIn.password, { exact: true }).fill(password);
    await this.page.getByRole('button', { name: messages.signIn.submit, exact: true }).click();
    await this.isIn();
  }

  async isIn(): Promise<void> {
    await expect(this.sidebar).toBeVisible();
    await expect(this.page.getByText(messages.shell.connected, { exact: true })).toBeVisible({
      timeout: reconnectedWithinMs,
    });
  }

  get sidebar(): Locator {
    return this.page.getByRole('navigation', { name: messages.shell.conversations });
  }

  get timeline(): Locator {
    return this.page.getByLabel(/^Messages in /);
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: /^Message / });
  }

  async open(conversation: string): Promise<void> {
    await this.sidebar.getByRole('button', { name: conversation }).first().click();
    await expect(this.composer).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  message(text: string): Locator {
    return this.timeline.getByRole('article').filter({ hasText: text });
  }

  async hears(text: string): Promise<void> {
    await expect(this.message(text).first()).toBeVisible();
  }

  /** Opens the menu of a message and chooses from it. */
  async choose(text: string, entry: string): Promise<void> {
    await this.message(text).last().hover();
    await this.page.getByRole('button', { name: messages.message.more }).click();
    await this.page.getByRole('menuitem', { name: entry }).click();
  }

  async reactTo(text: string): Promise<void> {
    await this.message(text).last().hover();
    await this.page
      .getByRole('toolbar', { name: messages.message.toolbar })
      .getByRole('button')
      .first()
      .click();
  }

  async createChannel(name: string, options: { isPrivate: boolean }): Promise<void> {
    const { createChannel, sidebar } = messages;
    await this.page.getByRole('button', { name: sidebar.addChannel }).click();
    await this.page.getByRole('menuitem', { name: sidebar.createChannel }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel(createChannel.name, { exact: true }).fill(name);
    if (options.isPrivate) await dialog.getByLabel(createChannel.private).click();
    await dialog.getByRole('button', { name: createChannel.submit }).click();
    await expect(dialog).toBeHidden();
  }

  /** Makes an invite link for one person and returns it. */
  async invite(): Promise<string> {
    const { invite, shell, workspaceMenu } = messages;
    await this.page.getByRole('button', { name: /: menu of the workspace$/ }).click();
    await this.page.getByRole('menuitem', { name: workspaceMenu.invite }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button', { name: invite.create }).click();
    const link = await dialog.getByLabel(invite.link, { exact: true }).inputValue();
    await this.page.keyboard.press('Escape');
    await expect(this.page.getByRole('navigation', { name: shell.conversations })).toBeVisible();
    return link;
  }

  /** Adds somebody to the channel that is open. */
  async addPerson(name: string): Promise<void> {
    const { channel } = messages;
    await this.page.getByRole('button', { name: /^Show \d+ members?$/ }).click();
    await this.page.getByRole('button', { name: channel.addPeople }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('combobox').fill(name);
    await dialog.getByRole('option', { name }).click();
    await dialog.getByRole('button', { name: 'Add 1 person' }).click();
    await expect(dialog).toBeHidden();
    await this.page.getByRole('button', { name: channel.closeDetails }).click();
  }

  async openDirect(name: string): Promise<void> {
    await this.page.getByRole('button', { name: messages.sidebar.newDirect }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('combobox').fill(name);
    await dialog.getByRole('option', { name }).click();
    await dialog.getByRole('button', { name: messages.newDirect.submit }).click();
    await expect(dialog).toBeHidden();
  }

  /** Posts as this person from elsewhere, into the first channel. */
  async post(server: RealServer, text: string): Promise<void> {
    const { token, channelId } = await this.#elsewhere(server);
    await call(server.url, token, 'message.post', { channelId, nonce: randomUUID(), text });
  }

  /** The same, and waits until it is on this page's screen. */
  async shows(server: RealServer, text: string): Promise<void> {
    const last = this.timeline.getByRole('article').last();
    const before = (await last.count()) > 0 ? await last.getAttribute('data-key') : null;
    await this.post(server, text);
    await expect.poll(() => last.getAttribute('data-key')).not.toBe(before);
    // Two frames later it has been laid out and painted.
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  }

  /** Fills the first channel with numbered lines of different lengths. */
  async fill(server: RealServer, count: number): Promise<{ count: number }> {
    const { token, channelId } = await this.#elsewhere(server);
    for (let n = 0; n < count; n += 50) {
      const lines = Array.from({ length: Math.min(50, count - n) }, (_, index) => n + index);
      for (const line of lines) {
        const text = `line ${line} ${'and more '.repeat((line * 7) % 40)}`;
        await call(server.url, token, 'message.post', { channelId, nonce: randomUUID(), text });
      }
    }
    return { count };
  }

  async #elsewhere(server: RealServer): Promise<{ token: string; channelId: string }> {
    if (this.#session) return this.#session;
    const { accessToken: token } = await server.signIn(this.username);
    const { channels } = await call(server.url, token, 'channel.browse', {});
    this.#session = { token, channelId: channels[0]?.channel.id ?? '' };
    return this.#session;
  }

  async #fillAccount(): Promise<void> {
    const { signIn } = messages;
    await this.page.getByLabel(signIn.displayName).fill(this.name);
    await this.page.getByLabel(signIn.username).fill(this.username);
    await this.page.getByLabel(signIn.email).fill(`${this.username}@example.com`);
    await this.page.getByLabel(signIn.password, { exact: true }).fill(password);
  }
}
