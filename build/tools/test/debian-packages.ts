import { spawnSync } from 'node:child_process';

/** What the journeys need on Debian: a screen, a session bus, a keyring, Electron's libraries. */
export const packagesForJourneys: readonly string[] = [
  ...['xvfb', 'dbus', 'dbus-x11', 'gnome-keyring', 'chromium'],
  ...['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libxss1', 'libxtst6'],
  ...['libsecret-1-0', 'libnotify4', 'openssl', 'xdotool'],
  ...['fonts-noto-color-emoji', 'fonts-noto-cjk', 'fonts-inter'],
];

/** The clients that no one here wrote, for apps/server/test/foreign-clients. */
export const packagesForClients: readonly string[] = [
  ...['curl', 'python3', 'python3-socketio', 'python3-websocket', 'python3-websockets'],
];

const updateTries = 3;

/**
 * Makes sure that Debian packages are there, and installs them when it may: as root, or with a sudo
 * that asks for no password.
 *
 * @returns null when all is there, otherwise what to tell the person
 */
export function ensureDebianPackages(needed: readonly string[]): string | null {
  if (process.platform !== 'linux') return null;
  const missing = needed.filter((name) => !isInstalled(name));
  if (missing.length === 0) return null;
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  const advice = `These packages are missing. Install them with: sudo ${install.join(' ')}`;
  const prefix = privilege();
  if (prefix === null) return advice;
  console.log(`Installing ${missing.join(' ')}`);
  let updated = false;
  for (let tries = 0; tries < updateTries && !updated; tries += 1) {
    updated = quietly([...prefix, 'apt-get', 'update']);
  }
  // An update may fail for one mirror of several; what is known may still be enough.
  return quietly([...prefix, ...install]) ? null : advice;
}

function isInstalled(name: string): boolean {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
  // Where there is no dpkg there is no output either.
  return query.error === undefined && query.stdout.includes('ok installed');
}

/** What to put before a command that needs root; null when there is no way, or no apt-get. */
function privilege(): string[] | null {
  const runs = (command: string, ...args: string[]): boolean =>
    spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!runs('apt-get', '--version')) return null;
  if (process.getuid?.() === 0) return [];
  return runs('sudo', '-n', 'true') ? ['sudo', '-n'] : null;
}

/** Runs a command; shows what it said only when it failed. */
function quietly(command: readonly string[]): boolean {
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const [file = '', ...args] =
    command[0] === 'sudo'
      ? [...command.slice(0, 2), ...environment, ...command.slice(2)]
      : [...environment, ...command];
  const result = spawnSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return true;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  return false;
}
