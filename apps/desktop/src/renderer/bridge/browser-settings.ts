import type { CallInput } from '../../bridge/bridge.ts';
import { defaultSettings, Settings } from '../../bridge/settings.ts';

const key = 'parley.settings';

/** The settings of this browser, alike in all of its tabs. A part that cannot be read has its default. */
export class BrowserSettings {
  #settings: Settings = read();

  constructor(onChange: (settings: Settings) => void) {
    window.addEventListener('storage', (event) => {
      if (event.key !== key) return;
      this.#settings = read();
      onChange(this.#settings);
    });
  }

  get(): Settings {
    return this.#settings;
  }

  set(change: CallInput<'settings.set'>): Settings {
    this.#settings = Settings.parse({ ...this.#settings, ...change });
    try {
      localStorage.setItem(key, JSON.stringify(this.#settings));
    } catch {
      // A browser that stores nothing: the choice holds as long as the page.
    }
    return this.#settings;
  }
}

function read(): Settings {
  const parsed = Settings.partial().safeParse(stored());
  return parsed.success ? Settings.parse({ ...defaultSettings, ...parsed.data }) : defaultSettings;
}

function stored(): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}');
  } catch {
    return {};
  }
}
