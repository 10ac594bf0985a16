import { z } from 'zod';
import { WorkspaceSettings } from '../workspace.ts';
import type { CommandDefinition } from './definition.ts';

const AllSettings = z.object({ settings: WorkspaceSettings });

export const settingsCommands = {
  'settings.get': {
    summary: 'What has been decided for the whole workspace',
    permission: 'settings.manage',
    effect: 'read',
    input: z.strictObject({}),
    output: AllSettings,
  },
  'settings.set': {
    summary: 'Decides the given parts for the whole workspace; everybody hears of it',
    permission: 'settings.manage',
    effect: 'write',
    input: z.strictObject(WorkspaceSettings.partial().shape),
    output: AllSettings,
  },
} as const satisfies Record<string, CommandDefinition>;
