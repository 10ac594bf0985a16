import Store from 'electron-store';
import { z } from 'zod';
import { defaultSettings, Settings } from '../bridge/bridge.ts';
import type { Rectangle } from './window-bounds.ts';

const Bounds = z.strictObject({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });

/** All that lies in the settings file: the person's settings, and where the window was. Never a secret. */
const File = z.strictObject({ settings: Settings, bounds: Bounds.nullable() });
type File = z.infer<typeof File>;

const defaults: File = { settings: defaultSettings, bounds: null };

export type SettingsFile = {
  get(): Settings;
  /** Changes the given ones and returns all. */
  set(change: { [K in keyof Settings]?: Settings[K] | undefined }): Settings;
  bounds(): Rectangle | null;
  setBounds(bounds: Rectangle): void;
};

/** Opens the settings in the user-data folder. What cannot be read is replaced by defaults. */
export function openSettings(): SettingsFile {
  // An empty registry keeps every part inline: conf cannot follow references out of a key's own schema.
  const { properties } = z.toJSONSchema(File, { io: 'input', metadata: z.registry() });
  const store = new Store<File>({
    name: 'settings',
    defaults,
    // Conf wants the schema of each key, in the dialect that zod writes.
    schema: properties as NonNullable<ConstructorParameters<typeof Store<File>>[0]>['schema'] & {},
    clearInvalidConfig: true,
  });
  const read = (): File => {
    const stored = { settings: store.get('settings'), bounds: store.get('bounds') };
    const merged = { ...stored, settings: { ...defaultSettings, ...stored.settings } };
    return File.safeParse(merged).data ?? defaults;
  };
  return {
    get: () => read().settings,
    set(change) {
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      const settings = Settings.parse({ ...read().settings, ...Object.fromEntries(given) });
      store.set('settings', settings);
      return settings;
    },
    bounds: () => read().bounds,
    setBounds: (bounds) => {
      store.set('bounds', bounds);
    },
  };
}
