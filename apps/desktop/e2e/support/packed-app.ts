import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import type { RawBridge } from '../../src/bridge/bridge.ts';
import type { Account } from '../../src/bridge/settings.ts';
import { connectToWindow, pageThatComes } from './debugging.ts';
import { processTree } from './process-tree.ts';

declare global {
  interface Window {
    parleyBridge: RawBridge;
  }
}

/** The app as `npm run package` packs it. */
export const packedExecutable = fileURLToPath(
  new URL('../../release/linux-unpacked/parley', import.meta.url),
);
const startWithinMs = 30_000;
const endWithinMs = 15_000;

/** A running desktop app, packed as it is shipped, exactly as it is shipped, driven over the debugging protocol of its window. */
export class PackedApp {
  page: Page;
  readonly child: ChildProcess;
  readonly userData: string;
  /** All that the page asked for since it was first seen, but for WebSockets. */
  readonly requests: { type: string; url: string }[] = [];
  /** From the start of the process until the window answered. */
  readonly startedInMs: number;
  readonly #browser: Browser;

  private constructor(options: {
    page: Page;
    child: ChildProcess;
    browser: Browser;
    userData: string;
    startedInMs: number;
  }) {
    this.page = options.page;
    this.child = options.child;
    this.#browser = options.browser;
    this.userData = options.userData;
    this.startedInMs = options.startedInMs;
    this.page.on('request', (request) => {
      this.requests.push({ type: request.resourceType(), url: request.url() });
    });
  }

  /** Everything of one profile, also of one that was not started yet. */
  static userDataOf(profile: string): string {
    const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
    return join(config, `Parley-${profile}`);
  }

  static async launch(options: {
    profile: string;
    server?: string;
    /** A deep link that the system starts the app with. */
    link?: string;
    environment?: NodeJS.ProcessEnv;
    /** Another file to start it by, such as one that stands for an AppImage. */
    executable?: string;
  }): Promise<PackedApp> {
    if (!existsSync(packedExecutable)) {
      throw new Error(
        'The app is not packed. Run: npm run build && npm run package -w @parley/desktop',
      );
    }
    const startedAt = performance.now();
    const args = [
      '--remote-debugging-port=0',
      // Two windows on one small screen cover each other, and a covered one draws no frames to wait for.
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      `--profile=${options.profile}`,
      ...(options.server === undefined ? [] : [`--server=${options.server}`]),
      ...(options.link === undefined ? [] : [options.link]),
      // Chromium's sandbox refuses to run as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const child = spawn(options.executable ?? packedExecutable, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...options.environment },
    });
    const { browser, page } = await connectToWindow(child);
    return new PackedApp({
      page,
      child,
      browser,
      userData: PackedApp.userDataOf(options.profile),
      startedInMs: performance.now() - startedAt,
    });
  }

  /** Starts the app where it runs already, with a link, as a browser does. Resolves once it has handed that over. */
  static async launchAgain(options: { profile: string; link: string }): Promise<void> {
    const args = [
      `--profile=${options.profile}`,
      options.link,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const child = spawn(packedExecutable, args, { stdio: 'ignore' });
    await once(child, 'exit', { signal: AbortSignal.timeout(startWithinMs) });
  }

  /** The page of the window that what is done brings back, in place of the one that was let go. */
  async comeBack(how: () => Promise<void> | void): Promise<Page> {
    this.page = await pageThatComes(this.#browser, how);
    return this.page;
  }

  /** Whether any process of the app runs a page. */
  get hasRenderer(): boolean {
    return this.processes.some(({ kind }) => kind === 'renderer');
  }

  /** All processes of the app, with what each is for, and what it takes of memory alone and its part of what is shared (PSS). */
  get processes(): { kind: string; bytes: number }[] {
    return processTree(this.child.pid ?? 0).flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        // Those that a zygote made have their words with spaces between them.
        const kind =
          /--utility-sub-type=([^\0 ]+)/.exec(command) ?? /--type=([^\0 ]+)/.exec(command);
        const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1]);
        return [{ kind: kind?.[1] ?? 'main', bytes: kilobytes * 1024 }];
      } catch {
        // It has ended since it was listed.
        return [];
      }
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks the app as its page does. */
  async call(name: string, input: object): Promise<unknown> {
    return this.page.evaluate(
      ([callName, callInput]) => window.parleyBridge.call(callName, callInput),
      [name, input] as const,
    );
  }

  /** The account that is on screen, or was last. */
  async account(): Promise<Account> {
    const reply = (await this.call('settings.get', {})) as {
      output: { currentAccount: Account | null };
    };
    if (!reply.output.currentAccount) throw new Error('nobody is signed in');
    return reply.output.currentAccount;
  }

  async isVisible(): Promise<boolean> {
    const state = (await this.call('window.state', {})) as { output: { visible: boolean } };
    return state.output.visible;
  }

  /** Whether the X server shows its window. Unlike `isVisible`, this asks no page. */
  get isOnScreen(): boolean {
    return windowsOnScreen(this.child.pid ?? 0).length > 0;
  }

  /** Presses keys on the window as the X server delivers them: the app's menu hears them, as from a person. */
  pressKeys(keys: string): void {
    this.giveFocus();
    xdotool('key', '--clearmodifiers', keys);
  }

  /** Nothing manages windows here, so nobody else gives the focus. */
  giveFocus(): void {
    giveFocusTo(this.child.pid ?? 0);
  }

  /** Puts the window somewhere, as a person with a window manager would. */
  place(bounds: { x: number; y: number; width: number; height: number }): void {
    const window = windowOnScreen(this.child.pid ?? 0);
    xdotool('windowsize', window, String(bounds.width), String(bounds.height));
    xdotool('windowmove', window, String(bounds.x), String(bounds.y));
  }

  /** Lets all processes of the app stand still for a while, as in a sleep of the machine. */
  async sleep(ms: number): Promise<void> {
    const processes = processTree(this.child.pid ?? 0);
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    await delay(ms);
    for (const pid of processes.toReversed()) process.kill(pid, 'SIGCONT');
  }

  /** Ends it as the system does at shutdown. Rejects where it does not end, and leaves nothing of it behind. */
  async quit(): Promise<void> {
    try {
      await this.#end('SIGTERM');
    } catch (error) {
      await this.#end('SIGKILL');
      throw new Error(`the app had not ended ${endWithinMs} ms after it was asked to`, {
        cause: error,
      });
    } finally {
      await this.#browser.close();
    }
  }

  /** The power cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    await this.#browser.close();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.child, 'exit', { signal: AbortSignal.timeout(endWithinMs) });
    this.child.kill(signal);
    await exit;
  }

  /** Whether the text stands in any file of the user-data folder. */
  async isOnDisk(text: string): Promise<boolean> {
    const needles = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')];
    const entries = await readdir(this.userData, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => null);
      if (bytes && needles.some((needle) => bytes.includes(needle))) return true;
    }
    return false;
  }
}

/** Presses keys as a person does whose focus is in no window of the app. */
export function pressAnywhere(keys: string): void {
  xdotool('key', '--clearmodifiers', keys);
}

/** Gives the focus to the window of a process. */
export function giveFocusTo(pid: number): void {
  xdotool('windowfocus', '--sync', windowOnScreen(pid));
}

function windowOnScreen(pid: number): string {
  const window = windowsOnScreen(pid).at(-1);
  if (!window) throw new Error('the app has no window on the screen');
  return window;
}

function windowsOnScreen(pid: number): string[] {
  // Its exit code says no more than that nothing was found.
  const search = ['search', '--onlyvisible', '--pid', String(pid)];
  const { stdout, error } = spawnSync('xdotool', search, { encoding: 'utf8', timeout: 10_000 });
  if (error) throw error;
  return stdout.split('\n').filter((id) => id !== '');
}

function xdotool(...args: string[]): string {
  return execFileSync('xdotool', args, { encoding: 'utf8', timeout: 10_000 }).trim();
}
