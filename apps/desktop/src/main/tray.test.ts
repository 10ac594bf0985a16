import { describe, expect, it } from 'vitest';
import { trayIcon, trayTooltip } from './tray.ts';

describe.each([
  [{ unread: 0, mentions: 0, connection: 'online' }, 'calm', 'Parley'],
  [{ unread: 3, mentions: 0, connection: 'online' }, 'unread', 'Parley — 3 unread'],
  [{ unread: 3, mentions: 2, connection: 'online' }, 'mentions', 'Parley — 2 for you'],
  [{ unread: 3, mentions: 2, connection: 'offline' }, 'offline', 'Parley — offline'],
] as const)('the tray with %j', (state, icon, tooltip) => {
  it(`shows ${icon} and says “${tooltip}”`, () => {
    expect(trayIcon(state)).toBe(icon);
    expect(trayTooltip(state)).toBe(tooltip);
  });
});
