import { eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { manifestName } from '@parley/shared/updates/feed.ts';
import type { Queryable } from '../../database/client.ts';
import { releaseManifests, releases } from '../../database/schema.ts';
import { preparedWrite } from '../handler.ts';
import { readRelease, type FoundManifest } from './feed.ts';
import { findRelease, manifestsOf, toRelease, type ReleaseRow } from './queries.ts';

/**
 * Offers what lies in the feed folder. Publishing again takes up what was added to it (another system, another
 * signature) and ends a withdrawal; a manifest that was published once never becomes another.
 */
export const publishRelease = preparedWrite(
  'update.publish',
  ({ services }, release) => readRelease(services.settings.updates, release),
  async ({ tx, actor, now }, { channel, version, percentage }, found) => {
    const before = await findRelease(tx, { channel, version });
    if (before) await assertSameBuild(tx, before, found);
    const change = { percentage, changedBy: actor.userId, changedAt: now };
    const publication = { publishedBy: actor.userId, publishedAt: now, withdrawnAt: null };
    const isOffered = before?.withdrawnAt === null;
    const [row] = before
      ? await tx
          .update(releases)
          .set({ ...change, ...(!isOffered && publication) })
          .where(eq(releases.id, before.id))
          .returning()
      : await tx
          .insert(releases)
          .values({ id: uuidv7(), channel, version, ...change, ...publication })
          .returning();
    if (!row) throw new Error('the release was not written');
    await tx.delete(releaseManifests).where(eq(releaseManifests.releaseId, row.id));
    await tx.insert(releaseManifests).values(
      found.map(({ manifest, bytes, signatures }) => ({
        releaseId: row.id,
        platform: manifest.platform,
        arch: manifest.arch,
        minimumVersion: manifest.minimumVersion,
        files: manifest.files,
        manifest: bytes,
        signatures,
      })),
    );
    return { output: { release: await toRelease(tx, row) }, events: [] };
  },
);

/** Apps that have the version do not look at it again, so it must stay what they have. */
async function assertSameBuild(
  queryable: Queryable,
  { id, version }: ReleaseRow,
  found: FoundManifest[],
): Promise<void> {
  for (const row of await manifestsOf(queryable, [id])) {
    const name = manifestName(row);
    const same = found.find(({ manifest }) => manifestName(manifest) === name);
    if (same?.bytes === row.manifest) continue;
    throw new ParleyError(
      'conflict',
      `${version} was published with ${same ? 'another' : 'a'} ${name}. Put that back, or release a new version.`,
      { reason: 'other_build' },
    );
  }
}
