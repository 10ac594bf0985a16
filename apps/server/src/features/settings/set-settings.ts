import { eq } from 'drizzle-orm';
import { theWorkspace, toWorkspace } from '../../database/entities/workspace.ts';
import { workspaces } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { settingsOf } from './rules.ts';

/** Decides the given parts for the whole workspace, and tells everybody where that changes something. */
export const setSettings = write('settings.set', async ({ tx }, change) => {
  const before = await theWorkspace(tx);
  const { readReceipts = before.readReceipts } = change;
  if (readReceipts === before.readReceipts) {
    return { output: { settings: settingsOf(before) }, events: [] };
  }
  await tx.update(workspaces).set({ readReceipts }).where(eq(workspaces.id, before.id));
  const after = { ...before, readReceipts };
  return {
    output: { settings: settingsOf(after) },
    events: [
      {
        audience: 'everyone',
        type: 'workspace.updated',
        data: { workspace: toWorkspace(after) },
      },
    ],
  };
});
