import type { Context } from 'hono';
import { errorStatus, type ErrorBody } from '@parley/shared/protocol/errors.ts';

const titles: Record<ErrorBody['code'], string> = {
  invalid_input: 'The input is wrong',
  unauthenticated: 'Not signed in',
  token_expired: 'The access token has expired',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  conflict: 'Not possible in this state',
  cursor_expired: 'The position is gone',
  too_large: 'Too large',
  unsupported_version: 'This version is not supported',
  rate_limited: 'Too many requests',
  internal: 'Something went wrong',
  unavailable: 'Not available at the moment',
};

/** An error as RFC 9457 problem details. */
export function problem(context: Context, error: ErrorBody): Response {
  const { code, message, reason, issues, retryAfterMs } = error;
  const status = errorStatus[code];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  const body = {
    type: `urn:parley:error:${code}`,
    title: titles[code],
    status,
    detail: message,
    code,
    ...(reason !== undefined && { reason }),
    ...(issues !== undefined && { issues }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  return context.body(JSON.stringify(body), status, headers);
}
