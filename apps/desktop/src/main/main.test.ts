import { beforeEach, expect, it, vi } from 'vitest';

/** The one that has the lock is another. */
const app = vi.hoisted(() => ({
  isPackaged: false,
  setName: vi.fn(),
  setPath: vi.fn(),
  getPath: () => '/',
  commandLine: { hasSwitch: () => true },
  requestSingleInstanceLock: () => false,
  quit: vi.fn(),
}));
vi.mock('electron', () => {
  const electron = {
    app,
    Menu: { setApplicationMenu: vi.fn() },
    protocol: { registerSchemesAsPrivileged: vi.fn() },
  };
  return { ...electron, default: electron };
});

const usual = globalThis.FinalizationRegistry;
beforeEach(() => {
  globalThis.FinalizationRegistry = usual;
});

it('has no finalizers before anything could be asked or answered', async () => {
  await import('./main.ts');
  expect(app.quit).toHaveBeenCalledOnce();
  expect(globalThis.FinalizationRegistry).not.toBe(usual);
});
