import type { z } from 'zod';
import type { Permission } from '../permissions.ts';

/**
 * `read` changes nothing and runs outside the writer; `write` runs in the writer's transaction and may append
 * events; `signal` touches only what is never stored (typing, presence).
 */
export type Effect = 'read' | 'write' | 'signal';

export type CommandDefinition = {
  summary: string;
  permission: Permission;
  effect: Effect;
  input: z.ZodType<object>;
  output: z.ZodType<object>;
};
