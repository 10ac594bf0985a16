import type { ErrorCode } from '@parley/shared/protocol/errors.ts';

const transient: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unavailable',
  'internal',
  'rate_limited',
  'token_expired',
  'unauthenticated',
]);

/** Worth trying again without the person: the server, the network or the pace was the trouble. */
export function isTransient(code: ErrorCode): boolean {
  return transient.has(code);
}
