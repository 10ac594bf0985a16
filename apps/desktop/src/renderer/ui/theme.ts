export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';

type Looks = { theme: 'light' | 'dark'; contrast: 'high' | 'normal' };

/** What a choice means on a system that prefers dark, or more contrast. */
export function looksFor(choice: ThemeChoice, system: { dark: boolean; contrast: boolean }): Looks {
  const dark = choice === 'dark' || (choice !== 'light' && system.dark);
  const high = choice === 'contrast' || (choice === 'system' && system.contrast);
  return { theme: dark ? 'dark' : 'light', contrast: high ? 'high' : 'normal' };
}

/** Shows the chosen theme on the page and follows the system; answers with the way to stop following. */
export function showTheme(choice: ThemeChoice, root: HTMLElement): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const contrast = matchMedia('(prefers-contrast: more)');
  const show = () => {
    const looks = looksFor(choice, { dark: dark.matches, contrast: contrast.matches });
    root.dataset.theme = looks.theme;
    root.dataset.contrast = looks.contrast;
  };
  show();
  dark.addEventListener('change', show);
  contrast.addEventListener('change', show);
  return () => {
    dark.removeEventListener('change', show);
    contrast.removeEventListener('change', show);
  };
}
