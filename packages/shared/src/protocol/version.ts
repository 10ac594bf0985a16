/** The protocol that this code speaks, and the oldest that it still understands. */
export const protocolVersion = { min: 1, max: 1 } as const;

/** Desktop apps older than this are asked to update. */
export const minimumClientVersion = '0.1.0';

/** Digest of all schemas at `protocolVersion.max`; version.test.ts says what to do when it changes. */
export const protocolFingerprint =
  '88720d770adc73d355377dccf8ad9011d8385327649d46086875e858124278b1';
