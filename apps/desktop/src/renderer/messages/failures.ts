import { formMessages } from './form.ts';

type Failure = {
  code: keyof typeof formMessages.errors;
  reason: string | null;
  retryAfterMs: number | null;
};

/** Reads a failure of the protocol or the bridge; null for anything else that was thrown. */
export function failureOf(error: unknown): Failure | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code } = error;
  if (typeof code !== 'string' || !isCode(code)) return null;
  const wait = 'retryAfterMs' in error ? error.retryAfterMs : null;
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : null;
  return { code, reason, retryAfterMs: typeof wait === 'number' ? wait : null };
}

function isCode(code: string): code is Failure['code'] {
  return Object.hasOwn(formMessages.errors, code);
}

/** What a failure means for the person and what to do about it. */
export function explain(error: unknown): string {
  const failure = failureOf(error);
  if (!failure) return formMessages.unexpected;
  if (failure.code === 'rate_limited' && failure.retryAfterMs !== null) {
    return formMessages.retryIn(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)));
  }
  return formMessages.errors[failure.code];
}
