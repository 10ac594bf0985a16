import type Electron from 'electron';
import { words } from '../bridge/words.ts';

export type TaskbarOptions = {
  platform: NodeJS.Platform;
  app: {
    setUserTasks(tasks: Electron.Task[]): boolean;
    dock?: { setMenu(menu: unknown): void } | undefined;
  };
  Menu: { buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): unknown };
  executable: string;
  profile: string;
  onNewMessage: () => void;
};

/** The argument that a task of the taskbar, or an action of a desktop entry, starts the app with. */
export const newMessageArgument = '--new-message';

/** What the icon offers by itself: the jump list on Windows, the menu of the dock on macOS. On Linux packages bring it. */
export function offerTasks(options: TaskbarOptions): void {
  const { platform, app, Menu, executable, profile, onNewMessage } = options;
  if (platform === 'win32') {
    app.setUserTasks([
      {
        program: executable,
        arguments: [newMessageArgument, ...(profile === '' ? [] : [`--profile=${profile}`])].join(
          ' ',
        ),
        iconPath: executable,
        iconIndex: 0,
        title: words.newMessage,
        description: 'Write to somebody',
      },
    ]);
  }
  if (platform === 'darwin') {
    app.dock?.setMenu(Menu.buildFromTemplate([{ label: words.newMessage, click: onNewMessage }]));
  }
}
