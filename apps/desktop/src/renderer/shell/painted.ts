/** Where no frames are drawn, as in a window that is hidden. */
const latestMs = 500;

/**
 * Resolves when what the page holds by now is on screen, at the latest after half a second. A frame makes the rows, the
 * next knows how tall they are.
 */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    const latest = setTimeout(resolve, latestMs);
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        clearTimeout(latest);
        setTimeout(resolve);
      });
    });
  });
}
