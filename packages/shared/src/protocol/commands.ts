import type { z } from 'zod';
import { accountCommands } from './commands/account.ts';
import { channelCommands } from './commands/channels.ts';
import { draftCommands } from './commands/drafts.ts';
import { fileCommands } from './commands/files.ts';
import { messageCommands } from './commands/messages.ts';
import { peopleCommands } from './commands/people.ts';
import { readingCommands } from './commands/reading.ts';
import { serverCommands } from './commands/server.ts';
import { settingsCommands } from './commands/settings.ts';
import { syncCommands } from './commands/sync.ts';
import { updateCommands } from './commands/updates.ts';

/** Every command: its input, its output, who may call it, and whether it changes anything. */
export const commands = {
  ...serverCommands,
  ...accountCommands,
  ...peopleCommands,
  ...channelCommands,
  ...messageCommands,
  ...draftCommands,
  ...fileCommands,
  ...readingCommands,
  ...syncCommands,
  ...settingsCommands,
  ...updateCommands,
} as const;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as [CommandName, ...CommandName[]];

/** What a caller writes: defaults may be left out. */
export type CommandInput<N extends CommandName> = z.input<(typeof commands)[N]['input']>;
/** What a handler gets: parsed, normalised, defaults filled in. */
export type ParsedInput<N extends CommandName> = z.output<(typeof commands)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<(typeof commands)[N]['output']>;

/** Whether the name is a command; guards a look-up by a name that came from outside. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}
