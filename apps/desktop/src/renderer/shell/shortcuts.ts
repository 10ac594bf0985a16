/** The places of the rail that have a key. */
const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export type ShortcutAction =
  | `workspace${(typeof digits)[number]}`
  | 'switcher'
  | 'search'
  | 'find'
  | 'shortcuts'
  | 'preferences'
  | 'previous'
  | 'next'
  | 'previousUnread'
  | 'nextUnread'
  | 'back'
  | 'forward'
  | 'markRead';

type Keys = Pick<
  KeyboardEvent,
  'key' | 'code' | 'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'isComposing'
>;

/** What a key means wherever the focus is; null: nothing. `apple`: ⌘ stands for Ctrl. */
export function actionFor(event: Keys, apple: boolean): ShortcutAction | null {
  if (event.isComposing) return null;
  const mod = apple ? event.metaKey : event.ctrlKey;
  const other = apple ? event.ctrlKey : event.metaKey;
  if (other) return null;
  if (mod && !event.altKey && !event.shiftKey) return withMod(event);
  if (mod && !event.altKey && event.key.toLowerCase() === 'f') return 'find';
  // Some layouts have the slash on Shift and 7.
  if (mod && event.shiftKey && (event.key === '/' || event.code === 'Slash')) return 'shortcuts';
  if (event.altKey && !mod) {
    if (event.key === 'ArrowUp') return event.shiftKey ? 'previousUnread' : 'previous';
    if (event.key === 'ArrowDown') return event.shiftKey ? 'nextUnread' : 'next';
    return null;
  }
  const bare = !mod && !event.altKey && !event.shiftKey;
  return bare && event.key === 'Escape' ? 'markRead' : null;
}

function withMod(event: Keys): ShortcutAction | null {
  switch (event.key) {
    case 'k':
    case 'K':
      return 'switcher';
    case 'f':
    case 'F':
      return 'search';
    case '/':
      return 'shortcuts';
    case ',':
      return 'preferences';
    case '[':
      return 'back';
    case ']':
      return 'forward';
    default: {
      // Some layouts have the digits on Shift: there the key itself counts.
      const digit = digits.find((each) => event.key === each || event.code === `Digit${each}`);
      return digit === undefined ? null : `workspace${digit}`;
    }
  }
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
