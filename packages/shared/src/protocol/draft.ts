import { z } from 'zod';
import { File } from './file.ts';
import { Id, Position, Timestamp } from './ids.ts';

/** More begun messages of one person than these are refused. */
export const maxDrafts = 100;

export const Draft = z
  .object({
    channelId: Id,
    threadRootId: Id.nullable(),
    text: z.string(),
    files: z.array(File).default([]).meta({ description: 'Uploaded for it, in their order' }),
    version: Position.meta({ description: 'The place in the log of the change that made it so' }),
    updatedAt: Timestamp,
  })
  .meta({
    id: 'Draft',
    description: 'What a person has begun to write in a conversation or a thread, on any device',
  });
export type Draft = z.infer<typeof Draft>;

/**
 * Whether a change may take the place of the draft that is kept. A device names the version that its text was made
 * from: another one is kept by now where a device that knew nothing of this text has changed it too.
 */
export function mayReplaceDraft(
  kept: Pick<Draft, 'version'> | null,
  basedOn: number | undefined,
): boolean {
  return kept === null || basedOn === undefined || basedOn === kept.version;
}
