type Keys = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

const named: Record<string, string> = {
  Space: 'Space',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Home: 'Home',
  End: 'End',
  PageUp: 'PageUp',
  PageDown: 'PageDown',
};

/**
 * What Electron calls the keys that are held (https://www.electronjs.org/docs/latest/api/accelerator). Null while only
 * modifiers are held, or where the keys would be taken from everybody's writing: without Ctrl, Alt or the key of the system.
 */
export function acceleratorOf(event: Keys): string | null {
  const key =
    /^(?:Key([A-Z])|Digit(\d)|(F(?:[1-9]|1\d|2[0-4])))$/.exec(event.code)?.slice(1).find(Boolean) ??
    named[event.code];
  const strong = event.ctrlKey || event.altKey || event.metaKey;
  if (key === undefined || !strong) return null;
  const modifiers = [
    event.ctrlKey && 'Control',
    event.metaKey && 'Super',
    event.altKey && 'Alt',
    event.shiftKey && 'Shift',
  ].filter((each) => each !== false);
  return [...modifiers, key].join('+');
}
