import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';
import { singleLine } from './plain-text.ts';

export const WorkspaceName = singleLine({ min: 1, max: 80 });

/** What the owner and admins decide for everybody. */
export const WorkspaceSettings = z
  .object({
    readReceipts: z
      .boolean()
      .meta({ description: 'Whether authors are shown who has read their messages' }),
  })
  .meta({ id: 'WorkspaceSettings' });
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>;

export const Workspace = z
  .object({
    id: Id,
    name: z.string(),
    createdAt: Timestamp,
    // Events and snapshots that were kept from before the setting existed do not have it.
    readReceipts: WorkspaceSettings.shape.readReceipts.default(false),
  })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof Workspace>;
