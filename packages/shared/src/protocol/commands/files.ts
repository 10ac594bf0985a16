import { z } from 'zod';
import { File } from '../file.ts';
import { Id } from '../ids.ts';
import { Message } from '../message.ts';
import type { CommandDefinition } from './definition.ts';
import { pageLimit } from './people.ts';

export const fileCommands = {
  'file.list': {
    summary: 'The files of a channel with the messages that have them, the latest first',
    permission: 'messages.read',
    effect: 'read',
    input: z.strictObject({ channelId: Id, after: Id.optional(), limit: pageLimit }),
    output: z.object({
      files: z.array(z.object({ file: File, message: Message })),
      next: Id.nullable(),
    }),
  },
  'file.delete': {
    summary:
      "Deletes one's own file, or as an admin anybody's; its message goes on without it, and is deleted where nothing is left of it",
    permission: 'messages.write',
    effect: 'write',
    input: z.strictObject({ fileId: Id }),
    output: z.object({}),
  },
} as const satisfies Record<string, CommandDefinition>;
