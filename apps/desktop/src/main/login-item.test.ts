import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setOpenAtLogin, type LoginItemOptions } from './login-item.ts';

let configFolder: string;
const setLoginItemSettings = vi.fn();

beforeEach(async () => {
  configFolder = await mkdtemp(join(tmpdir(), 'parley-login-'));
  setLoginItemSettings.mockClear();
});
afterEach(() => rm(configFolder, { recursive: true }));

const options = (change: Partial<LoginItemOptions> = {}): LoginItemOptions => ({
  platform: 'linux',
  app: { setLoginItemSettings },
  configFolder,
  executable: '/opt/Parley/parley',
  profile: '',
  ...change,
});
const entry = (name: string) => readFile(join(configFolder, 'autostart', name), 'utf8');

describe('on Linux', () => {
  it('is an entry that starts Parley hidden, and is taken away again', async () => {
    await setOpenAtLogin(true, options());
    const text = await entry('parley.desktop');
    expect(text).toContain('Type=Application\n');
    expect(text).toContain('\nExec="/opt/Parley/parley" "--hidden"\n');
    await setOpenAtLogin(false, options());
    await setOpenAtLogin(false, options());
    expect(await readdir(join(configFolder, 'autostart'))).toEqual([]);
    expect(setLoginItemSettings).not.toHaveBeenCalled();
  });

  it('is one of its own for each profile', async () => {
    await setOpenAtLogin(true, options());
    await setOpenAtLogin(true, options({ profile: 'second' }));
    await setOpenAtLogin(false, options());
    expect(await entry('parley-second.desktop')).toContain('"--profile=second"');
  });

  it('names the program whatever its path', async () => {
    await setOpenAtLogin(true, options({ executable: '/home/a b/100% "$HOME"/par\\ley' }));
    const [line] = /^Exec=.*$/m.exec(await entry('parley.desktop')) ?? [];
    expect(line).toBe(String.raw`Exec="/home/a b/100%% \\"\\$HOME\\"/par\\\\ley" "--hidden"`);
  });
});

it.each(['darwin', 'win32'] as const)('is a setting of the system on %s', async (platform) => {
  await setOpenAtLogin(true, options({ platform }));
  expect(setLoginItemSettings).toHaveBeenCalledWith({
    openAtLogin: true,
    path: '/opt/Parley/parley',
    args: ['--hidden'],
  });
  expect(await readdir(configFolder)).toEqual([]);
});
