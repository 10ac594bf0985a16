import { join } from 'node:path';
import type Electron from 'electron';

export type TrayState = { unread: number; mentions: number; connection: 'online' | 'offline' };

const icons = {
  calm: 'tray',
  unread: 'tray-unread',
  mentions: 'tray-mentions',
  offline: 'tray-offline',
};

/** Which picture the tray shows. */
export function trayIcon({ unread, mentions, connection }: TrayState): keyof typeof icons {
  if (connection === 'offline') return 'offline';
  if (mentions > 0) return 'mentions';
  return unread > 0 ? 'unread' : 'calm';
}

/** What the tray says when it is pointed at. */
export function trayTooltip({ unread, mentions, connection }: TrayState): string {
  if (connection === 'offline') return 'Parley — offline';
  if (mentions > 0) return `Parley — ${mentions} for you`;
  return unread > 0 ? `Parley — ${unread} unread` : 'Parley';
}

export type TrayHandle = { show(state: TrayState): void; destroy(): void };

/** Puts the icon into the tray: a click opens the window, the menu opens it or quits. */
export function createTray(options: {
  electron: Pick<typeof Electron, 'Menu' | 'nativeImage' | 'Tray'>;
  iconFolder: string;
  onOpen: () => void;
  onQuit: () => void;
}): TrayHandle {
  const { Menu, nativeImage, Tray } = options.electron;
  const image = (name: keyof typeof icons) => {
    const picture = nativeImage.createFromPath(join(options.iconFolder, `${icons[name]}.png`));
    if (process.platform === 'darwin' && name === 'calm') picture.setTemplateImage(true);
    return picture;
  };
  const tray = new Tray(image('calm'));
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Open Parley', click: options.onOpen },
      { type: 'separator' },
      { label: 'Quit', click: options.onQuit },
    ]),
  );
  tray.on('click', options.onOpen);
  tray.setToolTip('Parley');
  return {
    show(state) {
      tray.setImage(image(trayIcon(state)));
      tray.setToolTip(trayTooltip(state));
    },
    destroy: () => {
      tray.destroy();
    },
  };
}
