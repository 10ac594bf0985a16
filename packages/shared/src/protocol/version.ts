/** The protocol that this code speaks, and the oldest that it still understands. */
export const protocolVersion = { min: 1, max: 1 } as const;

/** Desktop apps older than this are asked to update. */
export const minimumClientVersion = '0.1.0';

/** Digest of all schemas at `protocolVersion.max`; version.test.ts says what to do when it changes. */
export const protocolFingerprint =
  'f40d1112cbcdf78fd2ff6a983644205f75f5c56af4dc244d14b471a0ab48faec';
