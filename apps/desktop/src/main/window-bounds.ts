export type Rectangle = { x: number; y: number; width: number; height: number };

const least = { width: 480, height: 400 };
const usual = { width: 1280, height: 800 };
/** So much of the title bar has to be on a screen for the window to be moved by it. */
const grip = { width: 120, height: 32 };

/**
 * Where the window opens: where it was, if that can be reached on the screens that there are now; else in the
 * middle of the first screen. `workAreas` are the screens without their bars, the primary one first.
 */
export function restoreBounds(saved: Rectangle | null, workAreas: Rectangle[]): Rectangle {
  const [primary = { x: 0, y: 0, ...usual }] = workAreas;
  const wanted = saved ?? { x: Number.NaN, y: Number.NaN, ...usual };
  const home = workAreas.find((area) => isReachable(wanted, area));
  const area = home ?? primary;
  const width = Math.max(Math.min(wanted.width, area.width), Math.min(least.width, area.width));
  const height = Math.max(
    Math.min(wanted.height, area.height),
    Math.min(least.height, area.height),
  );
  if (home) return { x: wanted.x, y: wanted.y, width, height };
  return {
    x: Math.round(area.x + (area.width - width) / 2),
    y: Math.round(area.y + (area.height - height) / 2),
    width,
    height,
  };
}

/** Whether enough of the top of the window lies on the screen. */
function isReachable(window: Rectangle, area: Rectangle): boolean {
  const left = Math.max(window.x, area.x);
  const right = Math.min(window.x + window.width, area.x + area.width);
  const isTopOnScreen = window.y >= area.y && window.y + grip.height <= area.y + area.height;
  return right - left >= grip.width && isTopOnScreen;
}
