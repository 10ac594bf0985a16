import { z } from 'zod';
import { UpdateChannel } from '../../updates/manifest.ts';
import { Version } from '../../updates/version.ts';
import { Id } from '../ids.ts';
import { Percentage, Release } from '../release.ts';
import type { CommandDefinition } from './definition.ts';
import { pageLimit } from './people.ts';

const OneRelease = z.object({ release: Release });
const Named = z.strictObject({ channel: UpdateChannel, version: Version });
const NamedShare = z.strictObject({ ...Named.shape, percentage: Percentage });

export const updateCommands = {
  'update.publish': {
    summary: "Offers a version of the desktop app that lies, signed, in the server's feed folder",
    permission: 'updates.manage',
    effect: 'write',
    input: NamedShare,
    output: OneRelease,
  },
  'update.list': {
    summary: 'Versions of the desktop app that were published, the latest first',
    permission: 'updates.manage',
    effect: 'read',
    input: z.strictObject({ after: Id.optional(), limit: pageLimit }),
    output: z.object({ releases: z.array(Release), next: Id.nullable() }),
  },
  'update.rollout': {
    summary: 'Changes the share of installations that a version is offered to',
    permission: 'updates.manage',
    effect: 'write',
    input: NamedShare,
    output: OneRelease,
  },
  'update.withdraw': {
    summary: 'Offers a version no more, until it is published again',
    permission: 'updates.manage',
    effect: 'write',
    input: Named,
    output: OneRelease,
  },
} as const satisfies Record<string, CommandDefinition>;
