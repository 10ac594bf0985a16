import type { ChildProcess } from 'node:child_process';
import { chromium, type Browser, type Page } from '@playwright/test';

const startWithinMs = 30_000;

/**
 * Connects to an app of Electron that was started with `--remote-debugging-port=0` and a pipe for its standard
 * error. Rejects when it ends, or does not open the port within half a minute.
 */
export async function connectToWindow(
  child: ChildProcess,
): Promise<{ browser: Browser; page: Page }> {
  const endpoint = await debuggingEndpoint(child);
  // Electron has no download behaviour to override, which a connection with defaults asks for.
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
  return { browser, page: await firstPage(browser) };
}

async function debuggingEndpoint(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise<string>((resolve, reject) => {
    const overdue = setTimeout(() => {
      reject(new Error(`the app did not start in time: ${output}`));
    }, startWithinMs);
    child.stderr?.on('data', (data: Buffer) => {
      output += data.toString('utf8');
      const endpoint = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (endpoint === undefined) return;
      clearTimeout(overdue);
      resolve(endpoint);
    });
    child.once('exit', (code) => {
      clearTimeout(overdue);
      reject(new Error(`the app ended with ${code}: ${output}`));
    });
  });
}

export async function firstPage(browser: Browser): Promise<Page> {
  const [context] = browser.contexts();
  if (!context) throw new Error('the app has no window');
  const page = context.pages()[0] ?? (await context.waitForEvent('page'));
  await page.waitForLoadState('domcontentloaded');
  return page;
}

/** The page that comes in a window in place of one that was let go, by what is done. Rejects when none comes in half a minute. */
export async function pageThatComes(
  browser: Browser,
  how: () => Promise<void> | void,
): Promise<Page> {
  const [context] = browser.contexts();
  if (!context) throw new Error('the app has no window');
  const coming = context.waitForEvent('page', { timeout: startWithinMs });
  await how();
  return coming;
}
