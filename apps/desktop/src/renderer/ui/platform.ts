/** Whether shortcuts are held with ⌘ instead of Ctrl. */
export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

const appleNames: Record<string, string> = { Mod: '⌘', Alt: '⌥', Shift: '⇧', Enter: '↩' };
const otherNames: Record<string, string> = { Mod: 'Ctrl' };
const signs: Record<string, string> = {
  ...{ Up: '↑', Down: '↓', Left: '←', Right: '→' },
  ...{ Plus: '+', Minus: '−' },
};

/** The caps of a shortcut such as `Mod+Shift+K` as people of this system know them. */
export function keyCaps(keys: string, apple: boolean): string[] {
  const names = { ...signs, ...(apple ? appleNames : otherNames) };
  return keys.split('+').map((key) => names[key] ?? key);
}

/** Whether the key that means "command" here is held: ⌘ on Apple's systems, Ctrl elsewhere. */
export function holdsMod(event: KeyboardEvent): boolean {
  return isApple() ? event.metaKey : event.ctrlKey;
}
