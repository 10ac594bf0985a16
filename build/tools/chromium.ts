import { existsSync } from 'node:fs';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium to test in: the one that CHROMIUM_PATH names, or the system's. Throws when there is none. */
export function chromiumPath(): string {
  const found = [process.env.CHROMIUM_PATH ?? '', ...usual].find(
    (path) => path && existsSync(path),
  );
  if (found !== undefined) return found;
  throw new Error('There is no Chromium here. Install one, or name it by CHROMIUM_PATH.');
}
