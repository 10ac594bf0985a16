import { z } from 'zod';
import { Draft } from '../draft.ts';
import { FileIds } from '../file.ts';
import { Id, Position } from '../ids.ts';
import { emptyText, saysSomething, TextBesideFiles } from '../message.ts';
import type { CommandDefinition } from './definition.ts';

const place = { channelId: Id, threadRootId: Id.optional() };
const basedOn = Position.optional().meta({
  description: 'The version that was changed, 0 for none; left out, whatever is kept is replaced',
});

/** What became of a change, and what is kept now. */
const Outcome = z.object({
  ok: z.boolean().meta({ description: 'False: another device has changed it since `basedOn`' }),
  draft: Draft.nullable(),
  position: Position.meta({ description: 'The place in the log that this answer is of' }),
});

export const draftCommands = {
  'draft.set': {
    summary:
      "Keeps what one has begun to write, for all of one's devices; changes nothing where another device has changed it since `basedOn`",
    permission: 'messages.write',
    effect: 'write',
    input: z
      .strictObject({ ...place, text: TextBesideFiles, fileIds: FileIds.optional(), basedOn })
      .refine(saysSomething, emptyText),
    output: Outcome,
  },
  'draft.clear': {
    summary: 'Forgets what one has begun to write, unless another device has changed it since',
    permission: 'messages.write',
    effect: 'write',
    input: z.strictObject({ ...place, basedOn }),
    output: Outcome,
  },
  'draft.list': {
    summary: 'All that one has begun to write, latest first',
    permission: 'messages.read',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ drafts: z.array(Draft) }),
  },
} as const satisfies Record<string, CommandDefinition>;
