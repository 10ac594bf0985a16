import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Workspace } from '@parley/shared/protocol/workspace.ts';
import type { Queryable } from '../client.ts';
import { workspaces } from '../schema.ts';
import { timestamp } from './moments.ts';

export type WorkspaceRow = typeof workspaces.$inferSelect;

/** The workspace as everybody sees it. */
export function toWorkspace(row: WorkspaceRow): Workspace {
  return {
    id: row.id,
    name: row.name,
    createdAt: timestamp(row.createdAt),
    readReceipts: row.readReceipts,
  };
}

/** The workspace for somebody who is signed in to it. Throws `unauthenticated` before it is set up. */
export async function theWorkspace(queryable: Queryable): Promise<WorkspaceRow> {
  const [row] = await queryable.select().from(workspaces).limit(1);
  if (!row) throw new ParleyError('unauthenticated', 'The workspace has not been set up yet.');
  return row;
}
