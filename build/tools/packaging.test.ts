import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { TrustedKeys, updateProduct } from '@parley/shared/updates/manifest.ts';
import { expect, it } from 'vitest';
import { configurationFor } from '../desktop/electron-builder.ts';

type Validate = (configuration: unknown, log: { isEnabled: boolean; add(): void }) => Promise<void>;

/** electron-builder's own check of a configuration, which it makes before it packs anything. */
const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
  validateConfiguration: Validate;
};
const log = { isEnabled: false, add: () => undefined };

it('electron-builder takes the configuration of every system', async () => {
  await validateConfiguration(configurationFor({}), log);
  await validateConfiguration(configurationFor({ APPLE_API_KEY: 'key.p8' }), log);
  const wrong = { ...configurationFor({}), mac: { target: ['dmg'], hardenedRuntim: true } };
  await expect(validateConfiguration(wrong, log)).rejects.toThrow('Invalid configuration');
});

it('every way of installing is made', () => {
  const { linux, mac, win } = configurationFor({});
  const targets = [linux, mac, win].flatMap((system) => {
    const list = system?.target;
    return Array.isArray(list)
      ? list.map((each) => (typeof each === 'string' ? each : each.target))
      : [];
  });
  expect(targets).toEqual(['AppImage', 'deb', 'rpm', 'tar.gz', 'dmg', 'zip', 'nsis', 'msi']);
});

it('what Apple and software centres read is well formed, and says what the configuration says', async () => {
  const { appId, mac, protocols } = configurationFor({});
  const read = (path: string) => readFile(new URL(`../desktop/${path}`, import.meta.url), 'utf8');
  const metainfo = await read('linux/chat.parley.desktop.metainfo.xml');
  expect(metainfo).toContain(`<id>${appId}</id>`);
  expect(metainfo).toContain('<launchable type="desktop-id">parley.desktop</launchable>');
  expect(protocols).toEqual([{ name: 'Parley', schemes: ['parley'] }]);
  expect(metainfo).toContain('<mediatype>x-scheme-handler/parley</mediatype>');
  const entitlements = await read('mac/entitlements.plist');
  expect(mac).toMatchObject({ hardenedRuntime: true });
  // Nothing that would let other code into the process.
  expect(entitlements).not.toMatch(
    /disable-library-validation|allow-dyld-environment|get-task-allow/,
  );
});

it("what updates need is packed: the identity that is signed, the system's own trust, and an app-update.yml", async () => {
  const { appId, publish, win, nsis, mac } = configurationFor({ APPLE_API_KEY: 'key.p8' });
  expect(appId).toBe(updateProduct);
  expect(publish).toMatchObject({ provider: 'generic', publishAutoUpdate: false });
  // Windows takes only an installer of the same publisher, macOS only an app that is signed and was looked at.
  expect(win).toMatchObject({ verifyUpdateCodeSignature: true });
  expect(nsis).toMatchObject({ perMachine: false });
  expect(mac).toMatchObject({ hardenedRuntime: true, notarize: true });
  const keys = await readFile(new URL('../desktop/update-keys.json', import.meta.url), 'utf8');
  TrustedKeys.parse(JSON.parse(keys));
});
