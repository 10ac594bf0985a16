import type { SettingsFile } from './settings.ts';
import type { Rectangle } from './window-bounds.ts';

const saveAfterMs = 500;

type Display = { id: number; workArea: Rectangle };

/** The screens without their bars, the primary one first. */
export function workAreas(screen: {
  getAllDisplays(): Display[];
  getPrimaryDisplay(): Display;
}): Rectangle[] {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  return [primary, ...others].map(({ workArea }) => workArea);
}

/** The part of a window that tells where it is. */
export type PlacedWindow = {
  on(
    event: 'resize' | 'move' | 'maximize' | 'unmaximize' | 'close' | 'closed',
    listener: () => void,
  ): unknown;
  isDestroyed(): boolean;
  isMinimized(): boolean;
  isMaximized(): boolean;
  getNormalBounds(): Rectangle;
};

/** Keeps where the person puts the window. */
export function rememberPlace(
  window: PlacedWindow,
  settings: Pick<SettingsFile, 'setWindowPlace'>,
): void {
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isMinimized()) return;
    settings.setWindowPlace({
      bounds: window.getNormalBounds(),
      isMaximized: window.isMaximized(),
    });
  };
  const saveSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(save, saveAfterMs);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('maximize', saveSoon);
  window.on('unmaximize', saveSoon);
  // What was done last counts too, when the app quits at once.
  window.on('close', save);
  window.on('closed', () => {
    clearTimeout(timer);
  });
}
