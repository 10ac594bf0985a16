import type { WindowState } from '../../bridge/bridge.ts';

const idleAfterMs = 5 * 60_000;
const lookEveryMs = 15_000;
/** A timer that comes this late tells that the machine slept. */
const sleptAfterMs = 60_000;

type Options = { onChange: (state: WindowState) => void; onResume: () => void };

/** Whether somebody looks at this tab, as far as a page can know. */
export class BrowserPresence {
  readonly #options: Options;
  #lastInputAt = Date.now();
  #lookedAt = Date.now();
  #told = '';

  constructor(options: Options) {
    this.#options = options;
    this.#told = JSON.stringify(this.state());
    const look = () => this.#look();
    const input = () => {
      this.#lastInputAt = Date.now();
      if (this.#told.includes('"idle":true')) look();
    };
    for (const name of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const) {
      window.addEventListener(name, input, { passive: true, capture: true });
    }
    window.addEventListener('focus', input);
    for (const name of ['focus', 'blur'] as const) window.addEventListener(name, look);
    document.addEventListener('visibilitychange', look);
    setInterval(() => {
      const slept = Date.now() - this.#lookedAt > sleptAfterMs;
      this.#lookedAt = Date.now();
      if (slept) options.onResume();
      look();
    }, lookEveryMs);
  }

  state(): WindowState {
    return {
      focused: document.hasFocus(),
      visible: document.visibilityState === 'visible',
      idle: Date.now() - this.#lastInputAt > idleAfterMs,
      locked: false,
    };
  }

  #look(): void {
    const state = this.state();
    const told = JSON.stringify(state);
    if (told === this.#told) return;
    this.#told = told;
    this.#options.onChange(state);
  }
}
