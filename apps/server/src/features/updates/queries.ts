import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Release } from '@parley/shared/protocol/release.ts';
import type { UpdateChannel } from '@parley/shared/updates/manifest.ts';
import type { Queryable } from '../../database/client.ts';
import { optionalTimestamp, timestamp } from '../../database/entities/moments.ts';
import { releaseManifests, releases } from '../../database/schema.ts';

export type ReleaseRow = typeof releases.$inferSelect;
type ManifestRow = typeof releaseManifests.$inferSelect;
type ReleaseName = { channel: UpdateChannel; version: string };

/** The release of this name, withdrawn or not. */
export async function findRelease(
  queryable: Queryable,
  { channel, version }: ReleaseName,
): Promise<ReleaseRow | undefined> {
  const [row] = await queryable
    .select()
    .from(releases)
    .where(and(eq(releases.channel, channel), eq(releases.version, version)));
  return row;
}

/** What a release has for each system. */
export function manifestsOf(queryable: Queryable, releaseIds: Id[]): Promise<ManifestRow[]> {
  return queryable
    .select()
    .from(releaseManifests)
    .where(inArray(releaseManifests.releaseId, releaseIds))
    .orderBy(asc(releaseManifests.platform), asc(releaseManifests.arch));
}

/** A page of releases, the latest first. */
export async function pageOfReleases(
  queryable: Queryable,
  { after, limit }: { after?: Id | undefined; limit: number },
): Promise<{ releases: Release[]; next: Id | null }> {
  const rows = await queryable
    .select()
    .from(releases)
    .where(after === undefined ? undefined : lt(releases.id, after))
    .orderBy(desc(releases.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  return {
    releases: await toReleases(queryable, page),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

/** One release as administrators see it. */
export async function toRelease(queryable: Queryable, row: ReleaseRow): Promise<Release> {
  const [release] = await toReleases(queryable, [row]);
  if (!release) throw new Error('a release was lost');
  return release;
}

async function toReleases(queryable: Queryable, rows: ReleaseRow[]): Promise<Release[]> {
  const manifests = await manifestsOf(
    queryable,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    id: row.id,
    channel: row.channel,
    version: row.version,
    percentage: row.percentage,
    systems: manifests
      .filter(({ releaseId }) => releaseId === row.id)
      .map(({ platform, arch, minimumVersion, files, signatures }) => ({
        platform,
        arch,
        minimumVersion,
        files,
        keyIds: signatures.map(({ keyId }) => keyId),
      })),
    publishedBy: row.publishedBy,
    publishedAt: timestamp(row.publishedAt),
    changedBy: row.changedBy,
    changedAt: timestamp(row.changedAt),
    withdrawnAt: optionalTimestamp(row.withdrawnAt),
  }));
}
