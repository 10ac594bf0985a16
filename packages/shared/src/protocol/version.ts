/** The protocol that this code speaks, and the oldest that it still understands. */
export const protocolVersion = { min: 1, max: 1 } as const;

/** Desktop apps older than this are asked to update. */
export const minimumClientVersion = '0.1.0';

/** Digest of all schemas at `protocolVersion.max`; version.test.ts says what to do when it changes. */
export const protocolFingerprint =
  'b6e1892e9520067bba13e26544971ace6c9511481cc30257445900d304e91353';
