import { z } from 'zod';
import { Channel, Membership } from '../channel.ts';
import { Draft } from '../draft.ts';
import { EventEnvelope } from '../events.ts';
import { Epoch, Id, Position } from '../ids.ts';
import { Preferences } from '../preferences.ts';
import { ThreadChoice } from '../thread.ts';
import { User } from '../user.ts';
import { Workspace } from '../workspace.ts';
import type { CommandDefinition } from './definition.ts';

export const Snapshot = z
  .object({
    epoch: Epoch,
    position: Position,
    me: User,
    users: z.array(User),
    channels: z.array(
      z.object({
        channel: Channel,
        membership: Membership,
        memberIds: z.array(Id).optional().meta({ description: 'For guests alone' }),
      }),
    ),
    preferences: Preferences,
    drafts: z.array(Draft),
    threads: z.array(ThreadChoice),
    workspace: Workspace,
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.infer<typeof Snapshot>;

export const syncCommands = {
  'sync.bootstrap': {
    summary: 'One consistent snapshot of all that a client keeps, exact at `position`',
    permission: 'workspace.read',
    effect: 'read',
    input: z.strictObject({}),
    output: Snapshot,
  },
  'sync.events': {
    summary: "The events of one's stream after a position",
    permission: 'workspace.read',
    effect: 'read',
    input: z.strictObject({
      epoch: Epoch,
      after: Position,
      limit: z.int().min(1).max(1000).default(500),
    }),
    output: z.object({
      after: Position,
      position: Position,
      events: z.array(EventEnvelope),
      more: z.boolean(),
    }),
  },
  'sync.verify': {
    summary:
      'Compares the digest of what the client holds at its position; repairs carries a fresh snapshot when they differ',
    permission: 'workspace.read',
    effect: 'read',
    input: z.strictObject({ position: Position, digest: z.string().min(1).max(64) }),
    output: z.object({
      ok: z.boolean().meta({ description: 'The client holds what it should, or is only behind' }),
      compared: z
        .boolean()
        .meta({ description: 'False when events after `position` make a comparison impossible' }),
      repairs: Snapshot.optional(),
    }),
  },
} as const satisfies Record<string, CommandDefinition>;
