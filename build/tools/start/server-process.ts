import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeArguments } from '../../../apps/server/src/processes/node-arguments.ts';

/** A server that was started, and when it serves. */
export type ServerProcess = {
  readonly child: ChildProcess;
  /** Null when it ended instead; it has said why. */
  readonly ready: Promise<Addresses | null>;
};

export type Addresses = {
  /** Where it serves. */
  readonly url: string;
  /** Where to set the workspace up; null when that is done. */
  readonly setupUrl: string | null;
};

/**
 * Starts the built server; what it prints goes on to the terminal. It lives in a process group of
 * its own, so that Ctrl+C reaches the launcher alone, and it ends when its standard input closes,
 * which happens when the launcher dies in whatever way.
 */
export function startServer(root: string): ServerProcess {
  const child = spawn(
    process.execPath,
    [...nodeArguments, '--enable-source-maps', join(root, 'apps/server/dist/main.js')],
    {
      cwd: root,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      windowsHide: true,
      env: { PARLEY_LOG_LEVEL: 'warn', ...process.env, PARLEY_ENDS_WITH_PARENT: '1' },
    },
  );
  // Nothing is written to it; but it may be gone before we close it.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => console.log(line));
  const end = once(child, 'exit').then(() => null);
  const url = nextAfter(lines, 'Parley is ready at ');
  const setupUrl = nextAfter(lines, 'Set up your workspace: ');
  const ready = (async () => {
    const address = await Promise.race([url, end]);
    if (address === null) return null;
    const setUp = (await isSetupRequired(address)) ? await Promise.race([setupUrl, end]) : null;
    return { url: address, setupUrl: setUp };
  })();
  return { child, ready };
}

/** What follows `prefix` in the first line that begins with it. */
async function nextAfter(lines: NodeJS.EventEmitter, prefix: string): Promise<string> {
  return await new Promise((resolve) => {
    lines.on('line', (line: string) => {
      if (line.startsWith(prefix)) resolve(line.slice(prefix.length).trim());
    });
  });
}

async function isSetupRequired(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/api/v1/server.info', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(3000),
    });
    const info = (await response.json()) as { setupRequired?: boolean };
    return info.setupRequired === true;
  } catch {
    // A public address may not be reachable from here; the app asks the server itself.
    return false;
  }
}
