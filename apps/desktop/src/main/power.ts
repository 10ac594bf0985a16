import { powerMonitor, type BrowserWindow } from 'electron';
import type { WindowState } from '../bridge/bridge.ts';

/** Without a key or a movement for this long, the person is not at the machine. */
const idleAfterSeconds = 5 * 60;
const lookEveryMs = 5_000;

export type Attention = { state(): WindowState; look(): void; stop(): void };

/** Watches whether the person can see the window, and whether the machine sleeps. */
export function watchAttention(options: {
  window: () => BrowserWindow | null;
  onChange: (state: WindowState) => void;
  onResume: () => void;
}): Attention {
  let locked = false;
  let last = '';
  const state = (): WindowState => {
    const window = options.window();
    const there = window !== null && !window.isDestroyed();
    return {
      focused: there && window.isFocused(),
      visible: there && window.isVisible() && !window.isMinimized(),
      idle: powerMonitor.getSystemIdleTime() >= idleAfterSeconds,
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
  powerMonitor.on('lock-screen', () => {
    setLocked(true);
  });
  powerMonitor.on('unlock-screen', () => {
    setLocked(false);
  });
  powerMonitor.on('resume', options.onResume);
  const timer = setInterval(look, lookEveryMs);
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
