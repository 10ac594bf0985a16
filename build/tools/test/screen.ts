import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { endChild } from '../start/child.ts';

/** A desktop session for tests, apart from that of the person who runs them. */
export type Session = {
  readonly env: NodeJS.ProcessEnv;
  /** What to put before a command so that it runs inside the session. */
  readonly wrap: readonly string[];
  end(): Promise<void>;
};

const startMs = 20_000;

/**
 * Unlocks a keyring in the session's own folder, then becomes the command. The keyring's daemon
 * stays as long as the session's bus.
 */
const withKeyring = [
  'printf test | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null',
  'exec "$@"',
].join('\n');

/**
 * On Linux a virtual screen, a session bus and an unlocked keyring, all of their own, so that tests
 * neither need nor disturb the person's desktop; elsewhere the desktop as it is.
 */
export async function openSession(): Promise<Session> {
  if (process.platform !== 'linux') return { env: {}, wrap: [], end: () => Promise.resolve() };
  const folder = mkdtempSync(join(tmpdir(), 'parley-session-'));
  const xvfb = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp', '-dpi', '96'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const lines = createInterface({ input: xvfb.stdio[3] as Readable });
  const [display] = (await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(startMs) }),
    once(xvfb, 'exit').then(() => {
      throw new Error('Xvfb ended before it had a screen.');
    }),
  ])) as [string];
  return {
    env: {
      DISPLAY: `:${display}`,
      WAYLAND_DISPLAY: '',
      XDG_RUNTIME_DIR: folder,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
    },
    wrap: ['dbus-run-session', '--', 'sh', '-c', withKeyring, 'sh'],
    end: async () => {
      await endChild(xvfb, 5000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
