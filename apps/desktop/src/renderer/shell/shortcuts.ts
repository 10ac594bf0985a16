import { shortcuts, type ShortcutAction } from '../../bridge/shortcuts.ts';

type Keys = Pick<
  KeyboardEvent,
  'key' | 'code' | 'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'isComposing'
>;

/** What a key means wherever the focus is; null: nothing. `apple`: ⌘ stands for Ctrl. */
export function actionFor(event: Keys, apple: boolean): ShortcutAction | null {
  const [mod, other] = apple ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (event.isComposing || other) return null;
  return shortcuts.find(({ keys }) => isPressed(keys, event, mod))?.action ?? null;
}

const keyNames: Record<string, string> = { Up: 'ArrowUp', Down: 'ArrowDown', Esc: 'Escape' };

/** Whether these are the keys of a shortcut such as `Mod+Shift+K`. */
function isPressed(keys: string, event: Keys, mod: boolean): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  // Some layouts have the slash on Shift and 7.
  const isShifted = key === '/' ? event.shiftKey : parts.includes('Shift');
  if (mod !== parts.includes('Mod') || event.altKey !== parts.includes('Alt')) return false;
  return event.shiftKey === isShifted && isKey(key, event);
}

function isKey(key: string, { key: typed, code, shiftKey }: Keys): boolean {
  if ((keyNames[key] ?? key).toLowerCase() === typed.toLowerCase()) return true;
  // Some layouts have the digits on Shift, and some no Latin letters: there the key itself counts.
  if (/^\d$/.test(key)) return code === `Digit${key}`;
  if (/^[A-Z]$/.test(key)) return code === `Key${key}` && !/^[a-z]$/i.test(typed);
  return key === '/' && shiftKey && code === 'Slash';
}

/** The place in the rail that a key stands for, from 0; null for any other. */
export function placeOf(action: ShortcutAction): number | null {
  const digit = /^workspace(\d)$/.exec(action)?.[1];
  return digit === undefined ? null : Number(digit) - 1;
}

type Neighbour = { id: string; isUnread: boolean };

/** The row above or below the open one, going round at the ends; with `unread`, the next unread one. */
export function neighbour(
  rows: readonly Neighbour[],
  openId: string | null,
  step: 1 | -1,
  unread: boolean,
): string | null {
  const at = rows.findIndex(({ id }) => id === openId);
  const from = at < 0 && step < 0 ? 0 : at;
  for (let count = 1; count <= rows.length; count += 1) {
    const row = rows[(from + step * count + rows.length * 2) % rows.length];
    if (row && row.id !== openId && (!unread || row.isUnread)) return row.id;
  }
  return null;
}
