import { z } from 'zod';

/** Every failure that a client can be told of, with its HTTP status. */
export const errorStatus = {
  invalid_input: 400,
  unauthenticated: 401,
  token_expired: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  cursor_expired: 410,
  too_large: 413,
  unsupported_version: 426,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;
export const errorCodes = Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]];

export const Issue = z
  .object({ path: z.string(), message: z.string() })
  .meta({ id: 'Issue', description: 'One thing that is wrong with the input' });
export type Issue = z.infer<typeof Issue>;

export const ErrorBody = z
  .object({
    code: z.enum(errorCodes),
    message: z.string(),
    reason: z.string().optional(),
    issues: z.array(Issue).optional(),
    retryAfterMs: z.int().min(0).optional(),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof ErrorBody>;

export type ErrorDetails = {
  reason?: string | undefined;
  issues?: Issue[] | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
};

/** An expected failure. Anything else that is thrown is a bug and leaves the server as `internal`. */
export class ParleyError extends Error {
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly issues: Issue[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'ParleyError';
    this.code = code;
    this.reason = details.reason;
    this.issues = details.issues;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** What goes over the wire. */
  toBody(): ErrorBody {
    const body: ErrorBody = { code: this.code, message: this.message };
    if (this.reason !== undefined) body.reason = this.reason;
    if (this.issues !== undefined) body.issues = this.issues;
    if (this.retryAfterMs !== undefined) body.retryAfterMs = this.retryAfterMs;
    return body;
  }

  /** The error that a server sent, made throwable again. */
  static fromBody(body: ErrorBody): ParleyError {
    return new ParleyError(body.code, body.message, body);
  }
}

/** Says which inputs are wrong, from the issues of a failed zod parse; at most 20 of them. */
export function invalidInput(error: z.ZodError): ParleyError {
  const issues = error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  const first = issues[0];
  const where = first?.path ? `${first.path}: ` : '';
  return new ParleyError('invalid_input', `${where}${first?.message ?? 'The input is wrong.'}`, {
    issues,
    cause: error,
  });
}
