import type Electron from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { SignalData } from '../bridge/bridge.ts';
import { shortcuts, type Shortcut } from '../bridge/shortcuts.ts';
import { words } from '../bridge/words.ts';

type Item = SignalData<'menu.chosen'>['item'];

export type MenuOptions = {
  platform: NodeJS.Platform;
  appName: string;
  isPackaged: boolean;
  onChoose: (item: Item) => void;
  onQuit: () => void;
};

const line: MenuItemConstructorOptions = { type: 'separator' };

/** The application menu: what every system expects, and all of Parley's shortcuts. */
export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  const { platform, appName, isPackaged, onChoose, onQuit } = options;
  const isMac = platform === 'darwin';
  const entry = ({ action, keys, label }: Shortcut): MenuItemConstructorOptions => ({
    label,
    ...(hasMenuKey(keys, isMac) && { accelerator: acceleratorOf(keys) }),
    // The page listens to the keys itself; the menu shows them and serves the mouse.
    registerAccelerator: false,
    click: () => {
      onChoose(action);
    },
  });
  const own = (menu: Shortcut['menu']) =>
    shortcuts.filter((shortcut) => shortcut.menu === menu).map(entry);
  const quit: MenuItemConstructorOptions = {
    label: 'Quit Parley',
    accelerator: 'CommandOrControl+Q',
    click: onQuit,
  };
  const addWorkspace: MenuItemConstructorOptions = {
    label: words.addWorkspace,
    click: () => {
      onChoose('addWorkspace');
    },
  };
  const roles = (...names: MenuItemConstructorOptions['role'][]): MenuItemConstructorOptions[] =>
    names.map((role) => (role === undefined ? line : { role }));
  const application = {
    label: appName,
    submenu: [...roles('about', undefined, 'hide', 'hideOthers', 'unhide', undefined), quit],
  };
  return [
    ...(isMac ? [application] : []),
    {
      label: 'File',
      submenu: [...own('file'), addWorkspace, line, { role: 'close' }, ...(isMac ? [] : [quit])],
    },
    {
      label: 'Edit',
      submenu: [
        ...roles('undo', 'redo', undefined, 'cut', 'copy', 'paste', 'pasteAndMatchStyle'),
        ...roles('delete', 'selectAll', undefined),
        ...own('edit'),
      ],
    },
    {
      label: 'View',
      submenu: roles(
        ...(['resetZoom', 'zoomIn', 'zoomOut', undefined, 'togglefullscreen'] as const),
        ...(isPackaged ? [] : (['toggleDevTools'] as const)),
      ),
    },
    {
      label: 'Go',
      submenu: [...own('go'), line, { label: 'Workspace', submenu: own('workspaces') }],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: own('help') },
  ];
}

/** Sets it as the menu of the application. */
export function setMenu(
  { Menu, app }: Pick<typeof Electron, 'Menu' | 'app'>,
  actions: Pick<MenuOptions, 'onChoose' | 'onQuit'>,
): void {
  const { platform } = process;
  const template = menuTemplate({
    ...actions,
    platform,
    appName: app.name,
    isPackaged: app.isPackaged,
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/** Escape closes what is open, whatever that is; the menu of macOS would take it before a dialog hears of it. */
function hasMenuKey(keys: string, isMac: boolean): boolean {
  return !(isMac && keys === 'Esc');
}

/** `Mod+Shift+F` as Electron writes it. */
function acceleratorOf(keys: string): string {
  return keys.replace('Mod', 'CommandOrControl').replace('Esc', 'Escape');
}
