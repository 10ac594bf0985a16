/** The protocol that this code speaks, and the oldest that it still understands. */
export const protocolVersion = { min: 1, max: 1 } as const;

/** Desktop apps older than this are asked to update. */
export const minimumClientVersion = '0.1.0';

/** Digest of all schemas at `protocolVersion.max`; version.test.ts says what to do when it changes. */
export const protocolFingerprint =
  '151da976b9443c9a00dfa030b333d1fee4535e0f977269ac91292ade6175c41e';
