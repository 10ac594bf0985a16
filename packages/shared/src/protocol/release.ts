import { z } from 'zod';
import {
  KeyId,
  UpdateArch,
  UpdateChannel,
  UpdateFile,
  UpdatePlatform,
} from '../updates/manifest.ts';
import { Id, Timestamp } from './ids.ts';

/** The share of installations that a release is offered to. */
export const Percentage = z
  .int({ error: 'must be a whole number of percent' })
  .min(0, { error: 'must be 0 to 100' })
  .max(100, { error: 'must be 0 to 100' });

/** A version of the desktop app on this server. */
export const Release = z
  .object({
    id: Id,
    channel: UpdateChannel,
    version: z.string(),
    percentage: Percentage,
    systems: z.array(
      z.object({
        platform: UpdatePlatform,
        arch: UpdateArch,
        minimumVersion: z.string().nullable(),
        files: z.array(UpdateFile),
        keyIds: z.array(KeyId).meta({ description: 'The keys that have signed it' }),
      }),
    ),
    publishedBy: Id,
    publishedAt: Timestamp,
    changedBy: Id.meta({ description: 'Who published, rolled out or withdrew it last' }),
    changedAt: Timestamp,
    withdrawnAt: Timestamp.nullable(),
  })
  .meta({ id: 'Release' });
export type Release = z.infer<typeof Release>;
