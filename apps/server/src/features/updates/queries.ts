import { and, asc, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Release } from '@parley/shared/protocol/release.ts';
import { releaseFolder } from '@parley/shared/updates/feed.ts';
import type { UpdateChannel, UpdateOffer } from '@parley/shared/updates/manifest.ts';
import type { Installed } from '@parley/shared/updates/verify.ts';
import type { Queryable } from '../../database/client.ts';
import { optionalTimestamp, timestamp } from '../../database/entities/moments.ts';
import { releaseManifests, releases } from '../../database/schema.ts';
import { openInFeed, type OpenFile } from './feed.ts';
import { chooseRelease } from './rules.ts';

/** The releases that a question is decided by: the latest of those that are offered for its system. */
const maxCandidates = 100;
/** Where one file may lie: what was tried out as beta can be stable too. */
const maxPlaces = 10;

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

/** What this installation is offered; null where there is nothing newer for it. */
export async function findOffer(
  queryable: Queryable,
  installed: Installed,
  installation: Id,
): Promise<UpdateOffer | null> {
  const { releaseId, platform, arch, minimumVersion } = releaseManifests;
  const { channel, version, percentage } = releases;
  const candidates = await queryable
    .select({ releaseId, platform, arch, minimumVersion, channel, version, percentage })
    .from(releases)
    .innerJoin(releaseManifests, eq(releaseId, releases.id))
    .where(
      and(
        isNull(releases.withdrawnAt),
        eq(platform, installed.platform),
        inArray(arch, [installed.arch, 'universal']),
        installed.channel === 'beta' ? undefined : eq(channel, 'stable'),
      ),
    )
    .orderBy(desc(releases.publishedAt))
    .limit(maxCandidates);
  const chosen = chooseRelease(candidates, installed, installation);
  if (!chosen) return null;
  const [offer] = await queryable
    .select({ manifest: releaseManifests.manifest, signatures: releaseManifests.signatures })
    .from(releaseManifests)
    .where(
      and(eq(releaseId, chosen.releaseId), eq(platform, chosen.platform), eq(arch, chosen.arch)),
    );
  return offer ?? null;
}

/**
 * Opens a file of a release that is offered; null where none has such a file. A file that is not on the disk as it was
 * when it was published is logged, and not served.
 */
export async function openReleaseFile(
  { db, folder, log }: { db: Queryable; folder: string; log: Logger },
  { sha512, name }: { sha512: string; name: string },
): Promise<OpenFile | null> {
  const places = await db
    .select({ channel: releases.channel, version: releases.version, files: releaseManifests.files })
    .from(releaseManifests)
    .innerJoin(releases, eq(releaseManifests.releaseId, releases.id))
    .where(
      and(
        sql`${releaseManifests.files} @> ${JSON.stringify([{ name, sha512 }])}::jsonb`,
        isNull(releases.withdrawnAt),
      ),
    )
    .limit(maxPlaces);
  for (const { channel, version, files } of places) {
    const size = files.find((file) => file.name === name && file.sha512 === sha512)?.size;
    const opened = await openInFeed(folder, `${releaseFolder({ channel, version })}/${name}`);
    if (opened?.size === size) return opened;
    await opened?.handle.close();
    log.error({ channel, version, name }, 'a published file is not in the feed folder as it was');
  }
  return null;
}
