import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import { messages } from '../../src/renderer/messages.ts';
import type { Person } from './person.ts';
import type { GivenFile } from './pictures.ts';

const words = messages.files;

/** What somebody does with files, where they write: `within` is the conversation or the thread. */
export class Attaching {
  readonly #page: Page;
  readonly #within: Locator;

  constructor({ page }: Person, within: Locator = page.getByRole('main')) {
    this.#page = page;
    this.#within = within;
  }

  /** The files that are beside what is written. */
  get chips(): Locator {
    return this.#within.getByRole('list', { name: words.list }).getByRole('listitem');
  }

  async choose(...files: GivenFile[]): Promise<void> {
    const chooser = this.#page.waitForEvent('filechooser');
    await this.#within.getByRole('button', { name: words.attach }).click();
    await (await chooser).setFiles(files);
  }

  /** All of them are with the server. */
  async areReady(count: number): Promise<void> {
    await expect(this.chips).toHaveCount(count);
    await expect(this.chips.getByRole('button', { name: /^Remove / })).toHaveCount(count, {
      timeout: 30_000,
    });
  }

  /** What the browser does when files are dragged over the conversation, and let go there. */
  async drag(files: GivenFile[]): Promise<{ drop: () => Promise<void> }> {
    const transfer = await this.#transferOf(files);
    await this.#within.dispatchEvent('dragenter', { dataTransfer: transfer });
    await this.#within.dispatchEvent('dragover', { dataTransfer: transfer });
    return {
      drop: () => this.#within.dispatchEvent('drop', { dataTransfer: transfer }),
    };
  }

  async paste(files: GivenFile[]): Promise<void> {
    const transfer = await this.#transferOf(files);
    await this.#within.getByRole('textbox').evaluate((field, clipboardData) => {
      field.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      );
    }, transfer);
  }

  async send(): Promise<void> {
    await this.#within.getByRole('button', { name: messages.composer.send }).click();
  }

  #transferOf(files: GivenFile[]) {
    const plain = files.map(({ name, mimeType, buffer }) => ({
      ...{ name, mimeType, base64: buffer.toString('base64') },
    }));
    return this.#page.evaluateHandle((given) => {
      const transfer = new DataTransfer();
      for (const { name, mimeType, base64 } of given) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: mimeType }));
      }
      return transfer;
    }, plain);
  }
}

/** The bytes that a browser saves when somebody does this. */
export async function downloaded(
  page: Page,
  how: () => Promise<void>,
): Promise<{ name: string; bytes: Buffer }> {
  const begun = page.waitForEvent('download');
  await how();
  const download = await begun;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Lets a page send, or receive, no more than so many bytes a second. Returns what ends that. */
export async function slowDown(
  page: Page,
  { upload = -1, download = -1 }: { upload?: number; download?: number },
): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const set = (uploadThroughput: number, downloadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      ...{ offline: false, latency: 0, downloadThroughput, uploadThroughput },
    });
  await set(upload, download);
  return async () => {
    await set(-1, -1);
    await session.detach();
  };
}

/** Whether an image is on screen, drawn, and not only its room. */
export async function isDrawn(image: Locator): Promise<void> {
  await expect
    .poll(() => image.evaluate((each) => each instanceof HTMLImageElement && each.naturalWidth > 1))
    .toBe(true);
}
