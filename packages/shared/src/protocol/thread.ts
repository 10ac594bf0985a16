import { z } from 'zod';
import { Id } from './ids.ts';

/** Of one person's choices about threads the latest are kept; of an older one nothing is known any more. */
export const maxThreadChoices = 1_000;

export const ThreadChoice = z
  .object({
    channelId: Id,
    rootId: Id,
    following: z.boolean().nullable().meta({
      description: 'Null: no choice; one follows by having begun, replied or been mentioned',
    }),
  })
  .meta({ id: 'ThreadChoice', description: 'What a person has chosen by hand about a thread' });
export type ThreadChoice = z.infer<typeof ThreadChoice>;
