import { z } from 'zod';
import { Id, Timestamp } from './ids.ts';
import { singleLine } from './plain-text.ts';

export const WorkspaceName = singleLine({ min: 1, max: 80 });

export const Workspace = z
  .object({ id: Id, name: z.string(), createdAt: Timestamp })
  .meta({ id: 'Workspace' });
export type Workspace = z.infer<typeof Workspace>;
