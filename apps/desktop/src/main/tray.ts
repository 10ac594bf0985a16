import { join } from 'node:path';
import type Electron from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { CallInput, SignalData } from '../bridge/bridge.ts';
import { words } from '../bridge/words.ts';

export type TrayState = CallInput<'badge.set'>;
/** Before anything is known. */
export const nothingUnread: TrayState = {
  unread: 0,
  mentions: 0,
  quiet: null,
  recent: [],
  connection: 'offline',
};

type Item = SignalData<'menu.chosen'>['item'];

const icons = {
  calm: 'tray',
  unread: 'tray-unread',
  mentions: 'tray-mentions',
  quiet: 'tray-quiet',
  offline: 'tray-offline',
};

/** Which picture the tray shows. */
export function trayIcon({ unread, mentions, quiet, connection }: TrayState): keyof typeof icons {
  if (connection === 'offline') return 'offline';
  if (quiet !== null) return 'quiet';
  if (mentions > 0) return 'mentions';
  return unread > 0 ? 'unread' : 'calm';
}

/** What the tray says when it is pointed at. */
export function trayTooltip({ unread, mentions, quiet, connection }: TrayState): string {
  if (connection === 'offline') return 'Parley — offline';
  const count = mentions > 0 ? `${mentions} for you` : unread > 0 ? `${unread} unread` : null;
  const parts = [count, quiet === null ? null : 'do not disturb'].filter((part) => part !== null);
  return ['Parley', ...parts].join(' — ');
}

export type TrayActions = {
  open: () => void;
  openConversation: (place: { server: string; channelId: string }) => void;
  choose: (item: Item) => void;
  quit: () => void;
};

/** The menu of the icon. Without a connection a pause could not be told to the other devices, so none is offered. */
export function trayMenu(state: TrayState, actions: TrayActions): MenuItemConstructorOptions[] {
  const line = { type: 'separator' as const };
  const pause = (label: string, item: Item) => ({
    label,
    click: () => {
      actions.choose(item);
    },
  });
  const pauses =
    state.quiet === 'do_not_disturb'
      ? [pause(words.pause.resume, 'resume')]
      : [
          {
            label: words.pause.title,
            submenu: [
              pause(words.pause.halfHour, 'pauseHalfHour'),
              pause(words.pause.hour, 'pauseHour'),
              pause(words.pause.tomorrow, 'pauseTomorrow'),
            ],
          },
        ];
  const recent = state.recent.map(({ server, channelId, title }) => ({
    // An ampersand would underline the letter after it.
    label: title.replaceAll('&', '&&'),
    click: () => {
      actions.openConversation({ server, channelId });
    },
  }));
  return [
    { label: 'Open Parley', click: actions.open },
    line,
    ...(recent.length > 0 ? [...recent, line] : []),
    ...(state.connection === 'online' ? [...pauses, line] : []),
    { label: 'Quit', click: actions.quit },
  ];
}

export type TrayHandle = { show(state: TrayState): void; destroy(): void };

/** Puts the icon into the tray: a click opens the window, the menu does the rest. */
export function createTray(options: {
  electron: Pick<typeof Electron, 'Menu' | 'nativeImage' | 'Tray'>;
  iconFolder: string;
  actions: TrayActions;
}): TrayHandle {
  const { Menu, nativeImage, Tray } = options.electron;
  const image = (name: keyof typeof icons) => {
    const picture = nativeImage.createFromPath(join(options.iconFolder, `${icons[name]}.png`));
    if (process.platform === 'darwin' && name === 'calm') picture.setTemplateImage(true);
    return picture;
  };
  const tray = new Tray(image('calm'));
  let shown: { icon: keyof typeof icons; tooltip: string; menu: string } = {
    icon: 'calm',
    tooltip: '',
    menu: '',
  };
  tray.on('click', options.actions.open);
  return {
    // Most messages change little of it: a picture would be read and sent anew, an open menu would close.
    show(state) {
      const { quiet, connection, recent } = state;
      const menu = JSON.stringify({ quiet, connection, recent });
      const next = { icon: trayIcon(state), tooltip: trayTooltip(state), menu };
      if (next.icon !== shown.icon) tray.setImage(image(next.icon));
      if (next.tooltip !== shown.tooltip) tray.setToolTip(next.tooltip);
      if (next.menu !== shown.menu) {
        tray.setContextMenu(Menu.buildFromTemplate(trayMenu(state, options.actions)));
      }
      shown = next;
    },
    destroy: () => {
      tray.destroy();
    },
  };
}
