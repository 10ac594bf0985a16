import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { SignalData } from '../bridge/bridge.ts';

type Item = SignalData<'menu.chosen'>['item'];

/** The application menu: what every system expects, and Parley's own few entries. */
export function setMenu(options: { onChoose: (item: Item) => void; onQuit: () => void }): void {
  const own = (
    label: string,
    accelerator: string | null,
    item: Item,
  ): MenuItemConstructorOptions => ({
    label,
    ...(accelerator !== null && { accelerator }),
    // The renderer listens to the keys itself; the menu shows them and serves the mouse.
    registerAccelerator: false,
    click: () => {
      options.onChoose(item);
    },
  });
  const quit: MenuItemConstructorOptions = {
    label: 'Quit Parley',
    accelerator: 'CommandOrControl+Q',
    click: options.onQuit,
  };
  const isMac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(isMac
      ? [
          {
            label: app.name,
            submenu: [{ role: 'about' as const }, { role: 'hide' as const }, quit],
          },
        ]
      : []),
    {
      label: 'File',
      submenu: [
        own('New message', 'CommandOrControl+N', 'newMessage'),
        own('Add a workspace', null, 'addWorkspace'),
        own('Preferences', 'CommandOrControl+,', 'preferences'),
        { type: 'separator' },
        { role: 'close' },
        ...(isMac ? [] : [quit]),
      ],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        own('Find', 'CommandOrControl+F', 'find'),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
      ],
    },
    { role: 'windowMenu' },
    {
      label: 'Help',
      submenu: [own('Keyboard shortcuts', 'CommandOrControl+/', 'shortcuts')],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
