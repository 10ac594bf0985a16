import type { BrowserWindow } from 'electron';
import type { WindowState } from '../bridge/bridge.ts';

/** Without a key or a movement for this long, the person is not at the machine. */
const idleAfterSeconds = 5 * 60;
const lookEveryMs = 5_000;
/** A look that comes this late tells that the machine slept, or the process stood still, whoever says so or not. */
const stoodStillAfterMs = 10_000;

export type Attention = { state(): WindowState; look(): void; stop(): void };

/** The part of Electron's `powerMonitor` that is used. */
export type PowerSource = {
  on(event: 'lock-screen' | 'unlock-screen' | 'resume', listener: () => void): unknown;
  getSystemIdleTime(): number;
};

type Looked = Pick<BrowserWindow, 'isDestroyed' | 'isFocused' | 'isVisible' | 'isMinimized'>;

/** Watches whether the person can see the window, and whether the machine sleeps. */
export function watchAttention(options: {
  monitor: PowerSource;
  window: () => Looked | null;
  onChange: (state: WindowState) => void;
  onResume: () => void;
  now: () => number;
}): Attention {
  const { monitor } = options;
  let locked = false;
  let last = '';
  const state = (): WindowState => {
    const window = options.window();
    const there = window !== null && !window.isDestroyed();
    return {
      focused: there && window.isFocused(),
      visible: there && window.isVisible() && !window.isMinimized(),
      idle: monitor.getSystemIdleTime() >= idleAfterSeconds,
      locked,
    };
  };
  const look = () => {
    const now = state();
    const text = JSON.stringify(now);
    if (text === last) return;
    last = text;
    options.onChange(now);
  };
  const setLocked = (value: boolean) => {
    locked = value;
    look();
    if (!value) options.onResume();
  };
  monitor.on('lock-screen', () => {
    setLocked(true);
  });
  monitor.on('unlock-screen', () => {
    setLocked(false);
  });
  monitor.on('resume', options.onResume);
  let lookedAt = options.now();
  const timer = setInterval(() => {
    const before = lookedAt;
    lookedAt = options.now();
    if (lookedAt - before >= lookEveryMs + stoodStillAfterMs) options.onResume();
    look();
  }, lookEveryMs);
  return {
    state,
    look,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** Looks at once when something about the window changes. */
export function followWindow(window: BrowserWindow, look: () => void): void {
  window.on('focus', look);
  window.on('blur', look);
  window.on('show', look);
  window.on('hide', look);
  window.on('minimize', look);
  window.on('restore', look);
}
