import { expect, it, vi } from 'vitest';
import { canHideToTray } from './tray-host.ts';

it('hides on Linux only where somebody shows icons', async () => {
  const ask = vi.fn((_question: object) => Promise.resolve('   boolean true\n'));
  expect(await canHideToTray('linux', ask)).toBe(true);
  expect(ask).toHaveBeenCalledWith(
    expect.objectContaining({ args: ['org.kde.StatusNotifierWatcher'] }),
  );
  expect(await canHideToTray('linux', () => Promise.resolve('   boolean false\n'))).toBe(false);
});

it('does not hide where the bus cannot be asked', async () => {
  expect(await canHideToTray('linux', () => Promise.reject(new Error('no bus')))).toBe(false);
});

it('asks nobody where every desktop has a tray', async () => {
  const ask = vi.fn(() => Promise.resolve(''));
  expect(await canHideToTray('darwin', ask)).toBe(true);
  expect(await canHideToTray('win32', ask)).toBe(true);
  expect(ask).not.toHaveBeenCalled();
});
