import type { MenuItemConstructorOptions } from 'electron';
import { expect, it, vi } from 'vitest';
import { shortcuts } from '../bridge/shortcuts.ts';
import { menuTemplate } from './menu.ts';

const onChoose = vi.fn();
const onQuit = vi.fn();

/** The keys that the system's own entries bring along, on any system. */
const ofRoles = ['Z', 'Shift+Z', 'Y', 'X', 'C', 'V', 'Shift+V', 'A', '0', '=', '-', 'W', 'M', 'H'];

function items(platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const template = menuTemplate({
    platform,
    appName: 'Parley',
    isPackaged: true,
    onChoose,
    onQuit,
  });
  const all = (entries: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    entries.flatMap((entry) => [
      entry,
      ...(Array.isArray(entry.submenu) ? all(entry.submenu) : []),
    ]);
  return all(template);
}

const electronKeys = (keys: string) =>
  keys.replace('Mod', 'CommandOrControl').replace('Esc', 'Escape');
const click = (item: MenuItemConstructorOptions | undefined) => {
  (item?.click as (() => void) | undefined)?.();
};

it.each(['linux', 'win32', 'darwin'] as const)(
  'has every shortcut once, with its keys, on %s, and no keys besides',
  (platform) => {
    const own = items(platform).filter(({ label, submenu }) => label !== undefined && !submenu);
    for (const { action, keys, label } of shortcuts) {
      const found = own.filter((item) => item.label === label);
      expect(found.length, action).toBe(1);
      const isKept = platform === 'darwin' && keys === 'Esc';
      expect(found[0]?.accelerator, action).toBe(isKept ? undefined : electronKeys(keys));
      click(found[0]);
      expect(onChoose).toHaveBeenLastCalledWith(action);
    }
    const keys = own.flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    const expected = shortcuts.map((shortcut) => electronKeys(shortcut.keys));
    for (const each of keys) expect([...expected, 'CommandOrControl+Q']).toContain(each);
    for (const each of ofRoles) expect(keys).not.toContain(`CommandOrControl+${each}`);
  },
);

it('quits, and adds a workspace', () => {
  const own = items('linux');
  click(own.find(({ label }) => label === 'Quit Parley'));
  expect(onQuit).toHaveBeenCalledOnce();
  click(own.find(({ label }) => label === 'Add a workspace'));
  expect(onChoose).toHaveBeenLastCalledWith('addWorkspace');
});

it('has the entries of the system where it has them', () => {
  const roles = items('darwin').map(({ role }) => role);
  for (const role of ['about', 'hide', 'undo', 'paste', 'selectAll', 'zoomIn', 'windowMenu']) {
    expect(roles).toContain(role);
  }
});
