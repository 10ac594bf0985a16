import { z } from 'zod';
import { Timestamp } from '@parley/shared/protocol/ids.ts';
import { ReleaseNotes } from '@parley/shared/updates/manifest.ts';
import { Version } from '@parley/shared/updates/version.ts';

/**
 * Why there is no new version: no server to ask is known; it cannot be reached; what it offers is not signed by a key
 * of this app, older, or for others; the file is not what was signed; it could not be put in place.
 */
export const UpdateFailureCode = z.enum([
  ...(['no_server', 'unreachable', 'refused', 'damaged', 'not_installed'] as const),
]);
export type UpdateFailureCode = z.infer<typeof UpdateFailureCode>;

export const UpdateState = z.object({
  /**
   * `off`: the administrator wants none. `available`: a newer version is there, and whoever installed the app has to
   * install that too. `ready`: it is downloaded, and there after a restart.
   */
  status: z.enum(['off', 'idle', 'checking', 'downloading', 'available', 'ready', 'restarting']),
  /** The version that is there, or on its way. */
  offer: z
    .object({
      version: Version,
      /** Markdown; possibly empty. */
      notes: ReleaseNotes,
      releasedAt: Timestamp,
      /** The version that runs is too old to go on with. */
      isRequired: z.boolean(),
    })
    .nullable(),
  /** Of the download, in bytes. */
  progress: z.object({ received: z.int().min(0), total: z.int().min(1) }).nullable(),
  /** When the server was last heard to have something, or nothing. */
  checkedAt: Timestamp.nullable(),
  /** What came of the last attempt, where that was nothing good. */
  failure: UpdateFailureCode.nullable(),
  /** It was installed and did not start, so that the one before it was put back. It is not taken again. */
  failedVersion: Version.nullable(),
  /** That has just happened: this is the start after it. */
  hasReturned: z.boolean(),
});
export type UpdateState = z.infer<typeof UpdateState>;

export const noUpdate: UpdateState = {
  status: 'idle',
  offer: null,
  progress: null,
  checkedAt: null,
  failure: null,
  failedVersion: null,
  hasReturned: false,
};
