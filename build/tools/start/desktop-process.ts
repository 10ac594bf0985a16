import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import { ensureElectronRuntime } from '../electron-runtime.ts';
import { keepLastLines } from './child.ts';

/** A started app; `failure` tells why it ended at once, or is null when it stayed. */
export type DesktopProcess = {
  readonly child: ChildProcess;
  readonly failure: Promise<string | null>;
};

/** An app that ends with an error this early did not start at all. */
const startMs = 5000;

/** Whether a window can be shown: elsewhere than on Linux there is always a screen. */
export function hasDisplay(
  platform: string = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  if (platform !== 'linux') return true;
  return Boolean(environment.DISPLAY) || Boolean(environment.WAYLAND_DISPLAY);
}

/** The Electron to run the app with; rejects with a reason for people where there is none. */
export async function findElectron(): Promise<string> {
  const { executablePath } = await ensureElectronRuntime();
  return executablePath;
}

/**
 * Opens the built desktop app on the server at `url`. It lives in a process group of its own, as
 * the server does, so that the launcher can end both in order.
 */
export function openDesktop(
  root: string,
  electron: string,
  url: string,
  extraArguments: readonly string[],
): DesktopProcess {
  // Chromium's sandbox refuses to run as root.
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const args = [join(root, 'apps/desktop'), `--server=${url}`, ...extraArguments];
  if (asRoot) args.push('--no-sandbox');
  const child = spawn(electron, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lastLines = keepLastLines(child.stderr, 30);
  const failure = new Promise<string | null>((resolve) => {
    const stayed = setTimeout(resolve, startMs, null);
    const settle = (reason: string | null): void => {
      clearTimeout(stayed);
      resolve(reason);
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code) => settle(code === 0 ? null : reasonIn(lastLines)));
  });
  return { child, failure };
}

/** The line of a failed start that tells a person most. */
function reasonIn(lines: readonly string[]): string {
  const telling =
    lines.find((line) => line.includes('error while loading shared libraries')) ??
    lines.find((line) => /\b(FATAL|Error)\b/.test(line)) ??
    lines.at(-1);
  return telling?.trim() ?? 'it ended without a word';
}
