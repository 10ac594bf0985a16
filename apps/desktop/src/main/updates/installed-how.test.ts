import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canWrite, mayReplaceItself } from './installed-how.ts';

let folder: string;
let executable: string;
let appImage: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-installed-'));
  executable = join(folder, 'Parley');
  appImage = join(folder, 'Parley.AppImage');
  writeFileSync(executable, '');
  writeFileSync(appImage, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const on = (platform: NodeJS.Platform, changes: object = {}) =>
  mayReplaceItself({
    platform,
    isPackaged: true,
    appImage: null,
    executable,
    canWrite,
    ...changes,
  });

it('on Linux an AppImage does, a package does not', () => {
  expect(on('linux')).toBe(false);
  expect(on('linux', { appImage })).toBe(true);
  expect(on('linux', { appImage: join(folder, 'gone') })).toBe(false);
  // Where only an administrator may write, the file or its folder, they bring the next one.
  for (const foreign of [appImage, folder]) {
    expect(on('linux', { appImage, canWrite: (path: string) => path !== foreign })).toBe(false);
  }
});

it('on Windows what was installed for one person does, what an administrator installed does not', () => {
  expect(on('win32')).toBe(false);
  writeFileSync(join(folder, 'Uninstall Parley.exe'), '');
  expect(on('win32')).toBe(true);
});

it('on macOS it does; what was not packed nowhere does', () => {
  expect(on('darwin')).toBe(true);
  expect(on('darwin', { isPackaged: false })).toBe(false);
  expect(on('linux', { isPackaged: false, appImage })).toBe(false);
});
