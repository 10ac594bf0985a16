import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSettingsStore, openUpdateStore } from './settings-store.ts';
import { openSettings } from './settings.ts';

let folder = '';

// Outside of Electron there is no app to ask for the folder of its data.
vi.mock('electron', () => {
  const app = { getPath: () => folder, getVersion: () => '0.1.0' };
  return { default: { app, ipcMain: { on: () => undefined } } };
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-settings-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('keeps what it is given for the next start', () => {
  openSettings(openSettingsStore()).set({ theme: 'dark' });
  expect(openSettings(openSettingsStore()).get().theme).toBe('dark');
  openUpdateStore().set('failedVersion', '1.2.3');
  expect(openUpdateStore().get('failedVersion')).toBe('1.2.3');
});

it('loses nothing else by a part that is not what it should be', () => {
  const parts = { settings: { theme: 'dark' }, window: 5, certificates: 'none', vaults: [] };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(parts));
  const settings = openSettings(openSettingsStore());
  expect(settings.get().theme).toBe('dark');
  expect(settings.windowPlace()).toBeNull();
  expect(settings.pins()).toEqual([]);
  expect(settings.whereabouts('a').get()).toBeNull();
});

it('begins anew where a file is no JSON', () => {
  writeFileSync(join(folder, 'settings.json'), '{"settings": {');
  expect(openSettings(openSettingsStore()).get().theme).toBe('system');
});
