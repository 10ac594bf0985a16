import { eq } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Release } from '@parley/shared/protocol/release.ts';
import type { Manifest } from '@parley/shared/updates/manifest.ts';
import type { Transaction } from '../../database/client.ts';
import { releases } from '../../database/schema.ts';
import type { Actor } from '../handler.ts';
import { findRelease, toRelease, type ReleaseRow } from './queries.ts';

/** What was published under this name. Throws `not_found`. */
export async function existingRelease(
  tx: Transaction,
  { channel, version }: Pick<Manifest, 'channel' | 'version'>,
): Promise<ReleaseRow> {
  const row = await findRelease(tx, { channel, version });
  if (row) return row;
  throw new ParleyError('not_found', `${version} was never published in ${channel}.`);
}

/** Writes a change of a release, and who made it. */
export async function changeRelease(
  { tx, actor, now }: { tx: Transaction; actor: Actor; now: Date },
  before: ReleaseRow,
  change: Partial<Pick<ReleaseRow, 'percentage' | 'withdrawnAt'>>,
): Promise<Release> {
  const after = { ...before, ...change, changedBy: actor.userId, changedAt: now };
  await tx.update(releases).set(after).where(eq(releases.id, before.id));
  return toRelease(tx, after);
}
