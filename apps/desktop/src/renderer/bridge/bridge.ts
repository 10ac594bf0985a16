import type { Bridge } from '../../bridge/bridge.ts';
import { createBrowserBridge } from './browser.ts';
import { createElectronBridge } from './electron.ts';

/** The bridge of where the page runs: the desktop app, or a browser. */
export function createBridge(launchedAtMs: number): Bridge {
  const raw = window.parleyBridge;
  return raw ? createElectronBridge(raw) : createBrowserBridge(launchedAtMs);
}
