/** The protocol that this code speaks, and the oldest that it still understands. */
export const protocolVersion = { min: 1, max: 1 } as const;

/** Desktop apps older than this are asked to update. */
export const minimumClientVersion = '0.1.0';

/** Digest of all schemas at `protocolVersion.max`; version.test.ts says what to do when it changes. */
export const protocolFingerprint =
  '9c7fea0f44563aee8c6d64965b004a55ea9aa3eb4980e3e705a5d8b3b13bd6d3';
