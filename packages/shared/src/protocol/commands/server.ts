import { z } from 'zod';
import { Device, SignedIn } from '../session.ts';
import { DisplayName, Email, Password, Username } from '../user.ts';
import { WorkspaceName } from '../workspace.ts';
import type { CommandDefinition } from './definition.ts';

const Range = z.object({ min: z.int(), max: z.int() });

export const serverCommands = {
  'server.info': {
    summary: 'What this server is and how to sign in to it',
    permission: 'anyone',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      name: z.string().meta({ description: 'The name of the workspace, empty before set-up' }),
      version: z.string(),
      protocol: Range,
      setupRequired: z.boolean(),
      registration: z.enum(['invite', 'open', 'closed']),
      authMethods: z.array(z.enum(['password'])),
      oidc: z.array(z.object({ id: z.string(), label: z.string() })),
      minimumClientVersion: z.string(),
      maxFileBytes: z
        .int()
        .min(0)
        .default(0)
        .meta({ description: 'The largest file that may be uploaded; 0 where none may' }),
    }),
  },
  'server.setup': {
    summary: 'Makes the workspace and its owner, once, with the token that the server printed',
    permission: 'anyone',
    effect: 'write',
    input: z.strictObject({
      setupToken: z.string().min(1).max(256),
      workspaceName: WorkspaceName,
      username: Username,
      displayName: DisplayName,
      email: Email,
      password: Password,
      device: Device,
    }),
    output: SignedIn,
  },
} as const satisfies Record<string, CommandDefinition>;
