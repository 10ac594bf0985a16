import { expect, it, vi } from 'vitest';
import { showBadge } from './badge.ts';
import type { TrayState } from './tray.ts';

const tray = { show: vi.fn(), destroy: vi.fn() };
let count = 0;
const app = {
  getBadgeCount: () => count,
  setBadgeCount: vi.fn((next?: number) => {
    count = next ?? 0;
    return true;
  }),
};
const window = { isDestroyed: vi.fn(() => false), setTitle: vi.fn(), setOverlayIcon: vi.fn() };
const overlays = null;

it('shows in every place what is meant for the person', () => {
  const state: TrayState = {
    unread: 5,
    mentions: 2,
    quiet: null,
    recent: [],
    connection: 'online',
  };
  showBadge(state, { app, tray, window, overlays });
  expect(tray.show).toHaveBeenCalledWith(state);
  expect(app.setBadgeCount).toHaveBeenCalledWith(2);
  expect(window.setTitle).toHaveBeenCalledWith('(2) Parley');
});

it('counts anew only where there is another count', () => {
  const state: TrayState = {
    unread: 5,
    mentions: 7,
    quiet: null,
    recent: [],
    connection: 'online',
  };
  app.setBadgeCount.mockClear();
  for (const unread of [5, 6, 7]) showBadge({ ...state, unread }, { app, tray, window, overlays });
  expect(app.setBadgeCount).toHaveBeenCalledExactlyOnceWith(7);
});

it('counts nothing where nothing is meant for the person', () => {
  showBadge(
    { unread: 5, mentions: 0, quiet: null, recent: [], connection: 'online' },
    { app, tray, window, overlays },
  );
  expect(app.setBadgeCount).toHaveBeenLastCalledWith(0);
  expect(window.setTitle).toHaveBeenLastCalledWith('Parley');
});

it('does without a tray, without a window, and with one that is gone', () => {
  window.setTitle.mockClear();
  const state: TrayState = {
    unread: 1,
    mentions: 1,
    quiet: null,
    recent: [],
    connection: 'online',
  };
  showBadge(state, { app, tray: null, window: null, overlays });
  showBadge(state, { app, tray: null, window: { ...window, isDestroyed: () => true }, overlays });
  expect(app.setBadgeCount).toHaveBeenLastCalledWith(1);
  expect(window.setTitle).not.toHaveBeenCalled();
});

it('lays a mark over the icon in the taskbar where the system has that', () => {
  const pictures = { unread: { is: 'unread' }, mentions: { is: 'mentions' } } as never;
  const shown = (unread: number, mentions: number) => {
    showBadge(
      { unread, mentions, quiet: null, recent: [], connection: 'online' },
      { app, tray, window, overlays: pictures },
    );
    return window.setOverlayIcon.mock.lastCall;
  };
  expect(shown(5, 2)).toEqual([{ is: 'mentions' }, 'Parley — 2 for you']);
  expect(shown(5, 0)).toEqual([{ is: 'unread' }, 'Parley — 5 unread']);
  expect(shown(0, 0)).toEqual([null, 'Parley']);
});
