import { expect, it } from 'vitest';
import { defaultSettings } from '../bridge/settings.ts';
import { openSettings, type SettingsStore } from './settings.ts';

type Content = { settings?: unknown; window?: unknown; vaults?: unknown; certificates?: unknown };

/** The file, as JSON keeps it. */
function fileWith(content: Content): { store: SettingsStore; content: Content } {
  const store: SettingsStore = {
    get: (key) => content[key],
    set: (key, value) => {
      content[key] = JSON.parse(JSON.stringify(value)) as unknown;
    },
  };
  return { store, content };
}
const place = { bounds: { x: 10, y: 20, width: 800, height: 600 }, isMaximized: true };

it('begins with the defaults and keeps what is changed', () => {
  const { store, content } = fileWith({});
  const settings = openSettings(store);
  expect(settings.get()).toEqual(defaultSettings);
  expect(settings.set({ theme: 'dark', closeToTray: undefined })).toEqual({
    ...defaultSettings,
    theme: 'dark',
  });
  expect(openSettings(store).get().theme).toBe('dark');
  expect(content.settings).toEqual({ ...defaultSettings, theme: 'dark' });
});

it.each([undefined, null, 'text', 7, [], { theme: 7 }, { notify: 'loud' }])(
  'takes the defaults for what is broken: %j',
  (broken) => {
    const settings = openSettings(fileWith({ settings: broken }).store);
    expect(settings.get()).toEqual(defaultSettings);
  },
);

it('loses none of the others by one value that is wrong, missing or of a newer version', () => {
  const settings = openSettings(
    fileWith({
      settings: {
        theme: 'purple',
        sidebarWidth: 300,
        notify: { sound: 'loud', preview: false },
        lastServer: 'https://chat.example.com',
        holographic: true,
      },
    }).store,
  );
  expect(settings.get()).toEqual({
    ...defaultSettings,
    sidebarWidth: 300,
    notify: { sound: true, preview: false },
    lastServer: 'https://chat.example.com',
  });
});

it('loses none of the accounts by one that cannot be read', () => {
  const known = {
    server: 'https://chat.example.com',
    userId: '01900000-0000-7000-8000-000000000001',
    workspace: 'Northwind',
    channelId: null,
  };
  const { store } = fileWith({ settings: { accounts: [{ ...known, userId: 7 }, known, 'x'] } });
  expect(openSettings(store).get().accounts).toEqual([known]);
});

it('never writes what is not of the schema', () => {
  const { store, content } = fileWith({});
  const change = JSON.parse('{ "theme": "purple" }') as { theme: 'dark' };
  expect(() => openSettings(store).set(change)).toThrow('theme');
  expect(content).toEqual({});
});

it('knows where the window was, unless that cannot be read', () => {
  const { store } = fileWith({});
  expect(openSettings(store).windowPlace()).toBeNull();
  openSettings(store).setWindowPlace(place);
  expect(openSettings(store).windowPlace()).toEqual(place);
  for (const broken of [7, { bounds: null }, { ...place, bounds: { x: 1.5, y: 0 } }]) {
    expect(openSettings(fileWith({ window: broken }).store).windowPlace()).toBeNull();
  }
});

it('knows which way keeps the session of each account, and nothing of one that it cannot read', () => {
  const { store, content } = fileWith({});
  const { whereabouts } = openSettings(store);
  expect(whereabouts('a').get()).toBeNull();
  whereabouts('a').set('keychain');
  whereabouts('b').set('memory');
  expect([whereabouts('a').get(), whereabouts('b').get()]).toEqual(['keychain', 'memory']);
  whereabouts('a').set(null);
  expect(content.vaults).toEqual({ b: 'memory' });
  content.vaults = { b: 'under the mat' };
  expect(whereabouts('b').get()).toBeNull();
});

it('keeps the certificates that are trusted, and passes over one that it cannot read', () => {
  const { store, content } = fileWith({});
  const settings = openSettings(store);
  expect(settings.pins()).toEqual([]);
  const pin = { server: 'https://chat.example.com', fingerprint: 'AB:'.repeat(32).slice(0, -1) };
  settings.setPins([pin]);
  content.certificates = [...(content.certificates as object[]), { server: 'x' }, 7];
  expect(settings.pins()).toEqual([pin]);
});
