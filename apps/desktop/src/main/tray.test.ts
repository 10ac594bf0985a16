import { describe, expect, it, vi } from 'vitest';
import { createTray, trayIcon, trayMenu, trayTooltip, type TrayState } from './tray.ts';

const calm: TrayState = { unread: 0, mentions: 0, quiet: null, recent: [], connection: 'online' };

describe.each([
  [{ unread: 0, mentions: 0, quiet: null, connection: 'online' }, 'calm', 'Parley'],
  [{ unread: 3, mentions: 0, quiet: null, connection: 'online' }, 'unread', 'Parley — 3 unread'],
  [{ unread: 3, mentions: 2, quiet: null, connection: 'online' }, 'mentions', 'Parley — 2 for you'],
  [
    { unread: 3, mentions: 2, quiet: 'do_not_disturb', connection: 'online' },
    'quiet',
    'Parley — 2 for you — do not disturb',
  ],
  [
    { unread: 0, mentions: 0, quiet: 'do_not_disturb', connection: 'online' },
    'quiet',
    'Parley — do not disturb',
  ],
  [
    { unread: 3, mentions: 2, quiet: 'do_not_disturb', connection: 'offline' },
    'offline',
    'Parley — offline',
  ],
] as const)('the tray with %j', (change, icon, tooltip) => {
  const state = { ...calm, ...change };
  it(`shows ${icon} and says “${tooltip}”`, () => {
    expect(trayIcon(state)).toBe(icon);
    expect(trayTooltip(state)).toBe(tooltip);
  });
});

describe('the menu of the tray', () => {
  const actions = {
    open: vi.fn(),
    openConversation: vi.fn(),
    choose: vi.fn(),
    quit: vi.fn(),
  };
  const labels = (change: Partial<TrayState>) =>
    trayMenu({ ...calm, ...change }, actions).map(({ label, type }) => label ?? type);
  const click = (change: Partial<TrayState>, label: string) => {
    const all = trayMenu({ ...calm, ...change }, actions).flatMap((entry) => [
      entry,
      ...((entry.submenu ?? []) as (typeof entry)[]),
    ]);
    (all.find((entry) => entry.label === label)?.click as (() => void) | undefined)?.();
  };

  it('leads to where the person was, and offers a pause', () => {
    const recent = [
      { server: 'https://a.example', channelId: 'c1', title: '#general' },
      { server: 'https://a.example', channelId: 'c2', title: 'Ada & Ben' },
    ];
    expect(labels({ recent })).toEqual([
      ...['Open Parley', 'separator', '#general', 'Ada && Ben', 'separator'],
      ...['Pause notifications', 'separator', 'Quit'],
    ]);
    click({ recent }, 'Ada && Ben');
    expect(actions.openConversation).toHaveBeenCalledWith({
      server: 'https://a.example',
      channelId: 'c2',
    });
    click({}, 'For 1 hour');
    expect(actions.choose).toHaveBeenLastCalledWith('pauseHour');
    click({ quiet: 'do_not_disturb' }, 'Resume notifications');
    expect(actions.choose).toHaveBeenLastCalledWith('resume');
  });

  it('has no pause to offer without a connection', () => {
    expect(labels({ connection: 'offline' })).toEqual(['Open Parley', 'separator', 'Quit']);
  });
});

it('the tray is given only what is another', () => {
  const setImage = vi.fn<(path: string) => void>();
  const setToolTip = vi.fn<(text: string) => void>();
  const setContextMenu = vi.fn();
  class Tray {
    readonly setImage = setImage;
    readonly setToolTip = setToolTip;
    readonly setContextMenu = setContextMenu;
    readonly on = vi.fn();
    readonly destroy = vi.fn();
  }
  const electron = {
    Tray,
    Menu: { buildFromTemplate: (entries: unknown) => entries },
    nativeImage: { createFromPath: (path: string) => path },
  };
  const actions = { open: vi.fn(), openConversation: vi.fn(), choose: vi.fn(), quit: vi.fn() };
  const tray = createTray({ electron: electron as never, iconFolder: '/icons', actions });
  tray.show({ ...calm, unread: 3 });
  for (const unread of [3, 4]) tray.show({ ...calm, unread });
  tray.show({ ...calm, unread: 4, quiet: 'do_not_disturb' });
  expect(setImage.mock.calls).toEqual([['/icons/tray-unread.png'], ['/icons/tray-quiet.png']]);
  expect(setToolTip.mock.calls).toEqual([
    ['Parley — 3 unread'],
    ['Parley — 4 unread'],
    ['Parley — 4 unread — do not disturb'],
  ]);
  expect(setContextMenu).toHaveBeenCalledTimes(2);
});
