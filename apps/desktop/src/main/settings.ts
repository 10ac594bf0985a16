import { z } from 'zod';
import { defaultSettings, KnownAccount, maxAccounts, Settings } from '../bridge/settings.ts';
import { Pin } from './certificates.ts';
import type { Whereabouts } from './session-vault.ts';
import type { Rectangle } from './window-bounds.ts';

const { shape } = Settings;
const { shape: notifyShape } = shape.notify;

/** An account that cannot be read costs none of the others. */
const StoredAccounts = z
  .array(z.unknown())
  .transform((list) =>
    list.flatMap((each) => KnownAccount.safeParse(each).data ?? []).slice(0, maxAccounts),
  );

/**
 * The person's settings as the file has them. Each stands for itself: one that another version of the app does
 * not know, or that was written by hand, costs none of the others.
 */
const StoredSettings = z
  .object({
    theme: shape.theme.catch(defaultSettings.theme),
    notify: z
      .object({
        sound: notifyShape.sound.catch(defaultSettings.notify.sound),
        preview: notifyShape.preview.catch(defaultSettings.notify.preview),
      })
      .catch(defaultSettings.notify),
    sidebarWidth: shape.sidebarWidth.catch(defaultSettings.sidebarWidth),
    enterSends: shape.enterSends.catch(defaultSettings.enterSends),
    freeAfterMinutes: shape.freeAfterMinutes.catch(defaultSettings.freeAfterMinutes),
    closeToTray: shape.closeToTray.catch(defaultSettings.closeToTray),
    openAtLogin: shape.openAtLogin.catch(defaultSettings.openAtLogin),
    summonKeys: shape.summonKeys.catch(defaultSettings.summonKeys),
    pauseKeys: shape.pauseKeys.catch(defaultSettings.pauseKeys),
    checkSpelling: shape.checkSpelling.catch(defaultSettings.checkSpelling),
    spellingLanguages: shape.spellingLanguages.catch(defaultSettings.spellingLanguages),
    updateChannel: shape.updateChannel.catch(defaultSettings.updateChannel),
    lastServer: shape.lastServer.catch(defaultSettings.lastServer),
    accounts: StoredAccounts.catch(defaultSettings.accounts),
    currentAccount: shape.currentAccount.catch(defaultSettings.currentAccount),
  } satisfies Record<keyof Settings, z.ZodType>)
  .catch(defaultSettings);

/** Where the window was when it was last of its own size, and whether it filled the screen. */
const Place = z.strictObject({
  bounds: z.strictObject({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }),
  isMaximized: z.boolean(),
});
export type WindowPlace = { bounds: Rectangle; isMaximized: boolean };

/** Which way keeps the session of each account, by its key. */
const Vaults = z.record(z.string(), z.enum(['keychain', 'system', 'memory']));

type Part = 'settings' | 'window' | 'vaults' | 'certificates';

/** All that lies in the settings file. Never a secret. */
export type SettingsStore = {
  get(key: Part): unknown;
  set(key: Part, value: object): void;
};

export type SettingsFile = {
  get(): Settings;
  /** Changes the given ones and returns all. */
  set(change: { [K in keyof Settings]?: Settings[K] | undefined }): Settings;
  windowPlace(): WindowPlace | null;
  setWindowPlace(place: WindowPlace): void;
  /** Where the session of an account is kept. */
  whereabouts(key: string): Whereabouts;
  /** The certificates that the person trusts. */
  pins(): Pin[];
  setPins(pins: Pin[]): void;
};

/** The settings in a store that keeps what it is given. What cannot be read is replaced by defaults. */
export function openSettings(store: SettingsStore): SettingsFile {
  const get = () => StoredSettings.parse(store.get('settings'));
  return {
    get,
    set(change) {
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      const settings = Settings.parse({ ...get(), ...Object.fromEntries(given) });
      store.set('settings', settings);
      return settings;
    },
    windowPlace: () => Place.safeParse(store.get('window')).data ?? null,
    setWindowPlace: (place) => {
      store.set('window', place);
    },
    pins() {
      const list = z.array(z.unknown()).safeParse(store.get('certificates')).data ?? [];
      return list.flatMap((each) => Pin.safeParse(each).data ?? []);
    },
    setPins: (pins) => {
      store.set('certificates', pins);
    },
    whereabouts(key) {
      const all = () => Vaults.safeParse(store.get('vaults')).data ?? {};
      return {
        get: () => all()[key] ?? null,
        set(protection) {
          const others = Object.entries(all()).filter(([each]) => each !== key);
          const own = protection === null ? {} : { [key]: protection };
          store.set('vaults', { ...Object.fromEntries(others), ...own });
        },
      };
    },
  };
}
