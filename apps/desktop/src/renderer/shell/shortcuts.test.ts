import { describe, expect, it } from 'vitest';
import { shortcuts } from '../../bridge/shortcuts.ts';
import { actionFor, neighbour, placeOf } from './shortcuts.ts';

function press(keys: string) {
  const parts = keys.split('+');
  return {
    key: parts.at(-1) ?? '',
    code: '',
    ctrlKey: parts.includes('Ctrl'),
    metaKey: parts.includes('Meta'),
    altKey: parts.includes('Alt'),
    shiftKey: parts.includes('Shift'),
    isComposing: false,
  };
}

describe('actionFor', () => {
  it.each([
    ['Ctrl+k', 'switcher'],
    ['Ctrl+f', 'search'],
    ['Ctrl+Shift+F', 'find'],
    ['Ctrl+/', 'shortcuts'],
    ['Ctrl+Shift+/', 'shortcuts'],
    ['Ctrl+,', 'preferences'],
    ['Ctrl+n', 'newMessage'],
    ['Alt+ArrowUp', 'previous'],
    ['Alt+Shift+ArrowDown', 'nextUnread'],
    ['Escape', 'markRead'],
    ['Ctrl+1', 'workspace1'],
    ['Ctrl+9', 'workspace9'],
    // That is the size of the page.
    ['Ctrl+0', null],
    ['1', null],
    ['k', null],
    ['Meta+k', null],
    ['Ctrl+Alt+k', null],
    ['Shift+Escape', null],
  ])('%s is %s', (keys, action) => {
    expect(actionFor(press(keys), false)).toBe(action);
  });

  it('knows a digit that a layout has on Shift', () => {
    const action = actionFor({ ...press('Ctrl+é'), code: 'Digit2' }, false);
    expect(action).toBe('workspace2');
    expect(action && placeOf(action)).toBe(1);
    expect(placeOf('switcher')).toBeNull();
  });

  it.each(shortcuts)('hears $keys', ({ action, keys }) => {
    const names = { Mod: 'Ctrl', Up: 'ArrowUp', Down: 'ArrowDown', Esc: 'Escape' };
    const pressed = keys.replaceAll(/Mod|Up|Down|Esc/g, (key) => names[key as keyof typeof names]);
    expect(actionFor(press(pressed), false)).toBe(action);
  });

  it('knows a letter by its place where the layout has none of that name', () => {
    expect(actionFor({ ...press('Ctrl+л'), code: 'KeyK' }, false)).toBe('switcher');
    // Where the layout has the letter, it is the letter that counts.
    expect(actionFor({ ...press('Ctrl+t'), code: 'KeyK' }, false)).toBeNull();
  });

  it('takes ⌘ on Apple systems', () => {
    expect(actionFor(press('Meta+k'), true)).toBe('switcher');
    expect(actionFor(press('Ctrl+k'), true)).toBeNull();
  });

  it('leaves keys to an input method that composes', () => {
    expect(actionFor({ ...press('Escape'), isComposing: true }, false)).toBeNull();
  });
});

describe('neighbour', () => {
  const rows = [
    { id: 'a', isUnread: true },
    { id: 'b', isUnread: false },
    { id: 'c', isUnread: true },
  ];
  it('goes up and down, and round at the ends', () => {
    expect(neighbour(rows, 'a', 1, false)).toBe('b');
    expect(neighbour(rows, 'a', -1, false)).toBe('c');
    expect(neighbour(rows, 'c', 1, false)).toBe('a');
  });

  it('goes to unread ones only when asked to', () => {
    expect(neighbour(rows, 'b', 1, true)).toBe('c');
    expect(neighbour(rows, 'c', 1, true)).toBe('a');
    expect(neighbour([{ id: 'a', isUnread: true }], 'a', 1, true)).toBeNull();
  });

  it('begins at an end when nothing is open', () => {
    expect(neighbour(rows, null, 1, false)).toBe('a');
    expect(neighbour(rows, null, -1, false)).toBe('c');
    expect(neighbour([], null, 1, false)).toBeNull();
  });
});
