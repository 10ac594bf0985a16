import { z } from 'zod';
import { errorCodes, Issue, ParleyError } from '@parley/shared/protocol/errors.ts';

const Problem = z.object({
  code: z.enum(errorCodes),
  detail: z.string().optional(),
  title: z.string().optional(),
  reason: z.string().optional(),
  issues: z.array(Issue).optional(),
  retryAfterMs: z.int().min(0).optional(),
});

type Options = { deadlineMs: number; accessToken?: string | null };

/**
 * Posts JSON and answers with the JSON that comes back. Rejects with a ParleyError: the server's own, or
 * `unavailable` when none came within the deadline.
 */
export async function postJson(url: string, body: unknown, options: Options): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.accessToken && { authorization: `Bearer ${options.accessToken}` }),
      },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(options.deadlineMs),
    });
  } catch (error) {
    throw new ParleyError('unavailable', 'The server cannot be reached.', { cause: error });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const problem = Problem.safeParse(answer);
  if (!problem.success) throw new ParleyError('unavailable', 'The server gave no sensible answer.');
  const { code, detail, title, reason, issues, retryAfterMs } = problem.data;
  throw new ParleyError(code, detail ?? title ?? code, { reason, issues, retryAfterMs });
}
