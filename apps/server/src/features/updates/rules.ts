import { createHash } from 'node:crypto';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Manifest } from '@parley/shared/updates/manifest.ts';
import { mustUpdate, refuseOffer, type Installed } from '@parley/shared/updates/verify.ts';
import { compareVersions } from '@parley/shared/updates/version.ts';

/** What decides about a release for one system. */
export type Candidate = Pick<
  Manifest,
  'channel' | 'version' | 'platform' | 'arch' | 'minimumVersion'
> & { percentage: number };

/**
 * Whether an installation is among the first so many percent. Each release shuffles all installations anew, so that
 * nobody is always the first; a higher percentage only adds to them.
 */
export function isInRollout(
  { channel, version, percentage }: Pick<Candidate, 'channel' | 'version' | 'percentage'>,
  installation: Id,
): boolean {
  const digest = createHash('sha256').update(`${channel} ${version} ${installation}`).digest();
  return digest.readUInt32BE(0) < (percentage / 100) * 2 ** 32;
}

/** The best of the releases for what is installed; undefined where there is nothing newer for it. */
export function chooseRelease<C extends Candidate>(
  candidates: readonly C[],
  installed: Installed,
  installation: Id,
): C | undefined {
  return candidates
    .filter((candidate) => refuseOffer(candidate, installed) === null)
    .filter(
      (candidate) =>
        mustUpdate(candidate, installed.version) || isInRollout(candidate, installation),
    )
    .sort(bestFirst)[0];
}

/** The newest; of one version what is stable, and what is made for one kind of processor. */
function bestFirst(a: Candidate, b: Candidate): number {
  return (
    compareVersions(b.version, a.version) ||
    Number(b.channel === 'stable') - Number(a.channel === 'stable') ||
    Number(a.arch === 'universal') - Number(b.arch === 'universal')
  );
}
