import { ErrorBody, errorStatus, ParleyError } from '@parley/shared/protocol/errors.ts';
import type { ErrorCode } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { z } from 'zod';
import type { Access } from '../../live/connection.ts';

/** An access token that has less than this left is refreshed before it is used. */
const minTokenMs = 30_000;

/** Gives the access for the next request: a fresh token for each. */
export type Authorise = () => Promise<Access>;

/**
 * Runs requests with the account's token. Where the server says that it has expired a fresh one is had and the work
 * done once more; a second refusal in a row is for whoever asked.
 */
export async function withToken<T>(
  getAccess: (minValidMs: number) => Promise<Access | null>,
  work: (authorise: Authorise) => Promise<T>,
): Promise<T> {
  const authoriser =
    (firstMs: number): Authorise =>
    async () => {
      const access = await getAccess(firstMs);
      firstMs = minTokenMs;
      if (!access) throw new ParleyError('unauthenticated', 'Nobody is signed in any more.');
      return access;
    };
  try {
    return await work(authoriser(minTokenMs));
  } catch (error) {
    const wasRefused =
      error instanceof ParleyError &&
      (error.code === 'token_expired' || error.code === 'unauthenticated');
    if (!wasRefused) throw error;
    return await work(authoriser(Number.MAX_SAFE_INTEGER));
  }
}

export function filesUrl(server: string): string {
  return `${server}/api/v1/files`;
}

export function fileUrl(server: string, fileId: Id): string {
  return `${filesUrl(server)}/${encodeURIComponent(fileId)}`;
}

/** Whether the server refuses what names a file since it is none that may be named, so that it has to come anew. */
export function isFileRefusal({ reason = '' }: ParleyError): boolean {
  return ['no_such_file', 'file_attached', 'upload_incomplete'].includes(reason);
}

const Problem = z.object({ detail: z.string().catch('') }).loose();

/** What an answer that is none says; by its status alone where its body says nothing, as that of a proxy. */
export function failureOf(status: number, body: string): ParleyError {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The status has to do.
  }
  const problem = Problem.safeParse(parsed).data;
  const error = ErrorBody.safeParse({ ...problem, message: problem?.detail }).data;
  if (error) return ParleyError.fromBody(error);
  return new ParleyError(codeOf(status), `The server answered with ${status}.`);
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  const known = Object.entries(errorStatus).find(([, each]) => each === status)?.[0];
  if (isErrorCode(known)) return known;
  // What nobody has agreed on is the server's trouble, and may pass; what is refused stays refused.
  return status >= 400 && status < 500 && status !== 408 && status !== 423
    ? 'invalid_input'
    : 'unavailable';
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && code in errorStatus;
}
