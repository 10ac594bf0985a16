import { words } from './words.ts';

/** A submenu of the application's menu. */
type MenuName = 'file' | 'edit' | 'go' | 'workspaces' | 'help';
type Row<Action extends string> = { action: Action; keys: string; label: string; menu: MenuName };

const says = words.shortcuts;
const places = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

function row<Action extends string>(
  action: Action,
  keys: string,
  menu: MenuName,
  label: string,
): Row<Action> {
  return { action, keys, label, menu };
}

/**
 * The keys that have a meaning wherever the focus is, in the order of the menus: the page hears them, the application's
 * menu shows them, and the list of shortcuts tells of them. `Mod` is ⌘ on Apple's systems and Ctrl elsewhere.
 */
export const shortcuts = [
  row('newMessage', 'Mod+N', 'file', words.newMessage),
  row('preferences', 'Mod+,', 'file', words.preferences),
  row('search', 'Mod+F', 'edit', says.search),
  row('find', 'Mod+Shift+F', 'edit', says.find),
  row('switcher', 'Mod+K', 'go', says.switcher),
  row('back', 'Mod+[', 'go', says.back),
  row('forward', 'Mod+]', 'go', says.forward),
  row('previous', 'Alt+Up', 'go', says.previous),
  row('next', 'Alt+Down', 'go', says.next),
  row('previousUnread', 'Alt+Shift+Up', 'go', says.previousUnread),
  row('nextUnread', 'Alt+Shift+Down', 'go', says.nextUnread),
  row('markRead', 'Esc', 'go', says.markRead),
  ...places.map((place) =>
    row(`workspace${place}` as const, `Mod+${place}`, 'workspaces', says.workspace(place)),
  ),
  row('shortcuts', 'Mod+/', 'help', words.keyboardShortcuts),
];

export type ShortcutAction = (typeof shortcuts)[number]['action'];
export type Shortcut = (typeof shortcuts)[number];
