import type { ShortcutAction } from '../../bridge/shortcuts.ts';
import { placeOf } from './shortcuts.ts';
import type { Workspace } from './workspace.svelte.ts';
import type { Workspaces } from './workspaces.svelte.ts';

type Plain = Exclude<ShortcutAction, `workspace${string}`>;

/** Does what a key stands for, or an entry of the application's menu, in the workspace on screen. */
export function perform(action: ShortcutAction, workspaces: Workspaces): void {
  const place = placeOf(action);
  if (place !== null) {
    const other = workspaces.list[place];
    if (other) workspaces.show(other);
  } else if (workspaces.shown) plain[action as Plain](workspaces.shown);
}

const plain: Record<Plain, (workspace: Workspace) => void> = {
  newMessage: (workspace) => (workspace.dialog = 'newDirect'),
  preferences: (workspace) => (workspace.dialog = 'preferences'),
  shortcuts: (workspace) => (workspace.dialog = 'shortcuts'),
  switcher: (workspace) => (workspace.dialog = 'switcher'),
  search: (workspace) => workspace.openSearch(),
  find: (workspace) => workspace.surface?.find(),
  previous: (workspace) => workspace.step(-1, false),
  next: (workspace) => workspace.step(1, false),
  previousUnread: (workspace) => workspace.step(-1, true),
  nextUnread: (workspace) => workspace.step(1, true),
  back: ({ places }) => places.back(),
  forward: ({ places }) => places.forward(),
  markRead: (workspace) => workspace.surface?.escape(),
};
