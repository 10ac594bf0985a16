import { webcrypto } from 'node:crypto';
import { UpdateOffer, type Manifest, type TrustedKey } from '@parley/shared/updates/manifest.ts';
import { refuseOffer, verifyManifest, type Installed } from '@parley/shared/updates/verify.ts';
import type { Version } from '@parley/shared/updates/version.ts';
import { abortAfter } from '../abort-after.ts';
import { boundedText } from '../bounded-answer.ts';
import type { Fetch } from '../server-call.ts';
import { UpdateFailure } from './update-failure.ts';

/** A manifest in base64, its signatures, and what JSON puts around them. */
const maxAnswerBytes = 400_000;

export type FeedOptions = {
  fetch: Fetch;
  /** Where the company's server is; null where none is known. */
  server: () => string | null;
  installed: () => Installed;
  /** A random UUID that this installation has for nothing else: a staged release is for a part of them all. */
  installation: string;
  /** A version that was taken back here: who looks after the server sees it in the question. */
  failedVersion: Version | null;
  trustedKeys: readonly TrustedKey[];
  deadlineMs: number;
};

/** What a server has, and the server that has it. */
export type Offer = { manifest: Manifest; server: string };

/**
 * Asks the company's server for a version that is newer; null where there is none. Nothing that it says is believed
 * but what a key of this app has signed, and that only for this app, its system, its channel, and upwards. Rejects with an
 * UpdateFailure.
 */
export async function askFeed(options: FeedOptions): Promise<Offer | null> {
  const server = options.server();
  if (server === null) throw new UpdateFailure('no_server', 'no server to ask is known');
  const installed = options.installed();
  const offer = await readOffer(options, addressOf(server, installed, options));
  if (!offer) return null;
  const bytes = new Uint8Array(Buffer.from(offer.manifest, 'base64'));
  const { trustedKeys } = options;
  const { manifest, refusal } = await verifyManifest(
    bytes,
    offer.signatures,
    trustedKeys,
    webcrypto.subtle,
  );
  if (refusal) throw new UpdateFailure('refused', refusal);
  const unfit = refuseOffer(manifest, installed);
  if (unfit) throw new UpdateFailure('refused', unfit);
  return { manifest, server };
}

function addressOf(
  server: string,
  { channel, platform, arch, version }: Installed,
  { installation, failedVersion }: Pick<FeedOptions, 'installation' | 'failedVersion'>,
): string {
  const query = new URLSearchParams({
    version,
    installation,
    ...(failedVersion !== null && { failed: failedVersion }),
  });
  return `${server}/updates/${channel}/${platform}/${arch}?${query.toString()}`;
}

async function readOffer({ fetch, deadlineMs }: FeedOptions, url: string) {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { redirect: 'error', signal: abortAfter(deadlineMs) });
    text = await boundedText(response, maxAnswerBytes);
  } catch (error) {
    throw new UpdateFailure('unreachable', 'the server gives no answer', { cause: error });
  }
  if (response.status === 204) return null;
  if (response.status !== 200) {
    throw new UpdateFailure('unreachable', `the server answers with ${response.status}`);
  }
  const { data } = UpdateOffer.safeParse(parsed(text));
  if (!data) throw new UpdateFailure('unreachable', 'the server answers with something else');
  return data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
