import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPackageWithOptions, extractAll } from '@electron/asar';
import { chromium, expect, type Browser, type Page } from '@playwright/test';
import type { TrustedKey } from '@parley/shared/updates/manifest.ts';
import { firstPage } from './debugging.ts';
import { packedExecutable, PackedApp } from './packed-app.ts';

const restartedWithinMs = 60_000;
/** Enough to be seen arriving. */
const payloadBytes = 8_000_000;

/**
 * Makes another version of the packed app, in a folder of its own: the binary as it is shipped, with another version in its
 * package.json, other keys that it believes, and other files where they are given. Returns its executable.
 */
export async function stageVersion(
  folder: string,
  options: { version: string; keys: readonly TrustedKey[]; files?: Record<string, string> },
): Promise<string> {
  await cp(dirname(packedExecutable), folder, { recursive: true });
  const archive = join(folder, 'resources/app.asar');
  const content = join(folder, 'content');
  extractAll(archive, content);
  const manifest = JSON.parse(await readFile(join(content, 'package.json'), 'utf8')) as object;
  const files = {
    'package.json': JSON.stringify({ ...manifest, version: options.version }),
    'dist/main/update-keys.json': JSON.stringify(
      options.keys.map(({ keyId, publicKey }) => ({ keyId, publicKey })),
    ),
    ...options.files,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(content, path), text);
  await rm(`${archive}.unpacked`, { recursive: true });
  await createPackageWithOptions(content, archive, { unpack: '**/node_modules/keytar/**' });
  await rm(content, { recursive: true });
  return join(folder, 'parley');
}

/** One file that holds a version, as far as anybody who starts it can tell: it says where it is, as an AppImage does. */
export function appImageOf(executable: string): Buffer {
  const script = `#!/bin/sh
APPIMAGE="$(readlink -f "$0")"
export APPIMAGE
exec "${executable}" "$@"
`;
  return Buffer.concat([Buffer.from(script), randomBytes(payloadBytes)]);
}

/** The app after it has started itself anew: nobody's child, found by what it writes into its profile. */
export class RestartedApp {
  readonly page: Page;
  readonly pid: number;
  readonly #browser: Browser;

  private constructor(page: Page, pid: number, browser: Browser) {
    this.page = page;
    this.pid = pid;
    this.#browser = browser;
  }

  /** Forgets where the one that runs can be found. */
  static async expect(profile: string): Promise<void> {
    await rm(portFile(profile), { force: true });
  }

  static async find(profile: string): Promise<RestartedApp> {
    let port = '';
    await expect
      .poll(
        async () => {
          const text = await readFile(portFile(profile), 'utf8').catch(() => '');
          port = text.split('\n')[0] ?? '';
          return port;
        },
        { timeout: restartedWithinMs, message: 'the app starts again' },
      )
      .not.toBe('');
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, {
      noDefaults: true,
    });
    const page = await firstPage(browser);
    const lock = await readlink(join(PackedApp.userDataOf(profile), 'SingletonLock'));
    return new RestartedApp(page, Number(lock.split('-').at(-1)), browser);
  }

  async info(): Promise<{ version: string }> {
    const reply = (await this.page.evaluate(() => window.parleyBridge.call('app.info', {}))) as {
      output: { version: string };
    };
    return reply.output;
  }

  async quit(): Promise<void> {
    process.kill(this.pid, 'SIGTERM');
    while (isRunning(this.pid)) await delay(50);
    await this.#browser.close();
  }
}

function portFile(profile: string): string {
  return join(PackedApp.userDataOf(profile), 'DevToolsActivePort');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A folder for the versions of one journey, with the file that people start. */
export async function stagingFolder(name: string): Promise<string> {
  const folder = join(dirname(packedExecutable), '..', `staged-${name}`);
  await mkdir(folder, { recursive: true });
  return folder;
}
