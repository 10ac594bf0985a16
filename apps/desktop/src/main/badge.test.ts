import { expect, it, vi } from 'vitest';
import { showBadge } from './badge.ts';
import type { TrayState } from './tray.ts';

const tray = { show: vi.fn(), destroy: vi.fn() };
const app = { setBadgeCount: vi.fn((_count?: number) => true) };
const window = { isDestroyed: vi.fn(() => false), setTitle: vi.fn() };

it('shows in every place what is meant for the person', () => {
  const state: TrayState = {
    unread: 5,
    mentions: 2,
    quiet: null,
    recent: [],
    connection: 'online',
  };
  showBadge(state, { app, tray, window });
  expect(tray.show).toHaveBeenCalledWith(state);
  expect(app.setBadgeCount).toHaveBeenCalledWith(2);
  expect(window.setTitle).toHaveBeenCalledWith('(2) Parley');
});

it('counts nothing where nothing is meant for the person', () => {
  showBadge(
    { unread: 5, mentions: 0, quiet: null, recent: [], connection: 'online' },
    { app, tray, window },
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
  showBadge(state, { app, tray: null, window: null });
  showBadge(state, { app, tray: null, window: { ...window, isDestroyed: () => true } });
  expect(app.setBadgeCount).toHaveBeenLastCalledWith(1);
  expect(window.setTitle).not.toHaveBeenCalled();
});
