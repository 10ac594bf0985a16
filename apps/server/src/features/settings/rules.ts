import type { WorkspaceSettings } from '@parley/shared/protocol/workspace.ts';
import type { WorkspaceRow } from '../../database/entities/workspace.ts';

/** What of the workspace is the owner's and the admins' to decide. */
export function settingsOf({ readReceipts }: WorkspaceRow): WorkspaceSettings {
  return { readReceipts };
}
