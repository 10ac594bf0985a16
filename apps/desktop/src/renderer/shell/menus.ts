import BellOff from '@lucide/svelte/icons/bell-off';
import BellRing from '@lucide/svelte/icons/bell-ring';
import Building from '@lucide/svelte/icons/building';
import Keyboard from '@lucide/svelte/icons/keyboard';
import KeyRound from '@lucide/svelte/icons/key-round';
import LogOut from '@lucide/svelte/icons/log-out';
import MonitorSmartphone from '@lucide/svelte/icons/monitor-smartphone';
import Plus from '@lucide/svelte/icons/plus';
import Search from '@lucide/svelte/icons/search';
import Settings from '@lucide/svelte/icons/settings';
import Smile from '@lucide/svelte/icons/smile';
import SquarePlus from '@lucide/svelte/icons/square-plus';
import UserPen from '@lucide/svelte/icons/user-pen';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Users from '@lucide/svelte/icons/users';
import { roleMay } from '@parley/shared/protocol/permissions.ts';
import type { Command } from '../features/switcher/entries.ts';
import { keyOf } from '../../bridge/settings.ts';
import { messages } from '../messages.ts';
import type { State } from '../sync/client.ts';
import type { MenuEntry } from '../ui/menu-entry.ts';
import type { DialogName } from './dialog-name.ts';
import type { Workspace } from './workspace.svelte.ts';

type Open = (name: DialogName) => void;
type Item = Extract<MenuEntry, { kind: 'item' }>;

const item = (entry: Omit<Item, 'kind'>): MenuEntry => ({ kind: 'item', ...entry });

/** The menu of the workspace: what the person's role lets them do. `add`: null where there can be no other one. */
export function workspaceEntries({ me }: State, open: Open, add: (() => void) | null): MenuEntry[] {
  const words = messages.workspaceMenu;
  const entries: MenuEntry[] = [];
  if (roleMay(me.role, 'invites.manage')) {
    entries.push(item({ label: words.invite, icon: UserPlus, run: () => open('invite') }));
  }
  entries.push(item({ label: words.people, icon: Users, run: () => open('people') }));
  if (roleMay(me.role, 'settings.manage')) {
    entries.push(
      item({ label: words.settings, icon: Building, run: () => open('workspaceSettings') }),
    );
  }
  entries.push({ kind: 'line' });
  if (roleMay(me.role, 'channels.create')) {
    entries.push(
      item({ label: words.createChannel, icon: Plus, run: () => open('createChannel') }),
    );
  }
  if (roleMay(me.role, 'channels.join')) {
    entries.push(item({ label: words.browse, icon: Search, run: () => open('browse') }));
  }
  entries.push({ kind: 'line' });
  entries.push(
    item({
      label: words.preferences,
      icon: Settings,
      keys: 'Mod+,',
      run: () => open('preferences'),
    }),
  );
  entries.push(
    item({ label: words.shortcuts, icon: Keyboard, keys: 'Mod+/', run: () => open('shortcuts') }),
  );
  if (add) {
    entries.push({ kind: 'line' });
    entries.push(item({ label: messages.workspaces.add, icon: SquarePlus, run: add }));
  }
  return entries;
}

type Own = {
  state: State;
  presence: 'active' | 'away';
  open: Open;
  /** The person has paused notifications themselves. */
  isPaused: boolean;
  clearStatus: () => void;
  togglePresence: () => void;
  resume: () => void;
};

/** The menu of one's own face. */
export function ownEntries({
  state,
  presence,
  isPaused,
  open,
  clearStatus,
  togglePresence,
  resume,
}: Own): MenuEntry[] {
  const words = messages.profile;
  const entries = [item({ label: words.setStatus, icon: Smile, run: () => open('status') })];
  if (state.me.status) entries.push(item({ label: words.clearStatus, run: clearStatus }));
  entries.push(
    item({
      label: presence === 'active' ? words.setAway : words.setActive,
      run: togglePresence,
    }),
    isPaused
      ? item({ label: words.resume, icon: BellRing, run: resume })
      : item({ label: words.pause, icon: BellOff, run: () => open('pause') }),
    { kind: 'line' },
    item({ label: words.edit, icon: UserPen, run: () => open('profile') }),
    item({
      label: words.preferences,
      icon: Settings,
      keys: 'Mod+,',
      run: () => open('preferences'),
    }),
    item({ label: words.devices, icon: MonitorSmartphone, run: () => open('devices') }),
    item({ label: words.password, icon: KeyRound, run: () => open('password') }),
    { kind: 'line' },
    item({ label: words.signOut, icon: LogOut, danger: true, run: () => open('signOut') }),
  );
  return entries;
}

type Others = {
  others: readonly Workspace[];
  show: (workspace: Workspace) => void;
  add: (() => void) | null;
};

/** What the quick switcher can do besides going somewhere. */
export function switcherCommands(
  state: State,
  open: Open,
  { others, show, add }: Others,
): Command[] {
  const words = messages.workspaceMenu;
  const commands: (Command | false)[] = [
    { id: 'newDirect', label: messages.sidebar.newDirect, run: () => open('newDirect') },
    roleMay(state.me.role, 'channels.create') && {
      id: 'createChannel',
      label: words.createChannel,
      run: () => open('createChannel'),
    },
    roleMay(state.me.role, 'channels.join') && {
      id: 'browse',
      label: words.browse,
      run: () => open('browse'),
    },
    roleMay(state.me.role, 'invites.manage') && {
      id: 'invite',
      label: words.invite,
      run: () => open('invite'),
    },
    roleMay(state.me.role, 'settings.manage') && {
      id: 'workspaceSettings',
      label: words.settings,
      run: () => open('workspaceSettings'),
    },
    { id: 'status', label: messages.profile.setStatus, run: () => open('status') },
    { id: 'pause', label: messages.profile.pause, run: () => open('pause') },
    {
      id: 'preferences',
      label: words.preferences,
      keys: 'Mod+,',
      run: () => open('preferences'),
    },
    { id: 'shortcuts', label: words.shortcuts, keys: 'Mod+/', run: () => open('shortcuts') },
    ...others.map((other) => ({
      id: keyOf(other.account),
      label: messages.workspaces.goTo(other.name),
      run: () => show(other),
    })),
    add !== null && { id: 'addWorkspace', label: messages.workspaces.add, run: add },
    { id: 'signOut', label: messages.profile.signOut, run: () => open('signOut') },
  ];
  return commands.filter((command) => command !== false);
}
