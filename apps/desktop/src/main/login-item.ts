import type { Policy } from '../bridge/settings.ts';
import type { SettingsFile } from './settings.ts';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from 'electron';

export type LoginItemOptions = {
  platform: NodeJS.Platform;
  app: Pick<App, 'setLoginItemSettings'>;
  /** Where programs keep their settings: `~/.config` on Linux. */
  configFolder: string;
  /** The program that starts the app. */
  executable: string;
  profile: string;
};

/**
 * Lets the system start Parley, without a window, when the person signs in to the computer, or no longer. On
 * Linux this is an entry in the autostart folder
 * (https://specifications.freedesktop.org/autostart-spec/latest/), elsewhere a setting of the system.
 */
export async function setOpenAtLogin(
  enabled: boolean,
  { platform, app, configFolder, executable, profile }: LoginItemOptions,
): Promise<void> {
  const args = ['--hidden', ...(profile === '' ? [] : [`--profile=${profile}`])];
  if (platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: enabled, path: executable, args });
    return;
  }
  const folder = join(configFolder, 'autostart');
  const file = join(folder, profile === '' ? 'parley.desktop' : `parley-${profile}.desktop`);
  if (!enabled) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(file, entryFor([executable, ...args]));
}

function entryFor(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Parley',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * An argument as the key `Exec` has it: quoted, with its own escapes, which are then escaped as every string of
 * such a file, and `%` doubled (https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html).
 */
function quoted(argument: string): string {
  const escaped = argument.replace(/["`$\\]/g, '\\$&').replaceAll('\\', '\\\\');
  return `"${escaped.replaceAll('%', '%%')}"`;
}

/** What the administrator lays down about the start at login is arranged, and then stands in the settings. */
export async function followLoginPolicy(
  { openAtLogin }: Pick<Policy, 'openAtLogin'>,
  settings: Pick<SettingsFile, 'get' | 'set'>,
  arrange: (enabled: boolean) => Promise<void>,
  onTrouble: (what: string, error: unknown) => void,
): Promise<void> {
  if (openAtLogin === null || openAtLogin === settings.get().openAtLogin) return;
  try {
    await arrange(openAtLogin);
    settings.set({ openAtLogin });
  } catch (error) {
    onTrouble('starting with the computer could not be arranged', error);
  }
}
