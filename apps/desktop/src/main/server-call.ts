import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import { boundedText } from './bounded-answer.ts';

const deadlineMs = 10_000;
/** The longest answer that is read, in bytes: the commands that are asked here have short ones. */
const maxAnswerBytes = 1_000_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Runs one command over HTTP. Rejects with a ParleyError: `unavailable` when the server cannot be reached, or with
 * `reason: 'not_parley'` when something else answers there, such as the page of a hotel's network.
 */
export async function callServer<N extends CommandName>(
  fetch: Fetch,
  server: string,
  name: N,
  input: CommandInput<N>,
  accessToken?: string,
): Promise<CommandOutput<N>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${server}/api/v1/${name}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify(input),
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
    });
    text = await boundedText(response, maxAnswerBytes);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('unavailable', 'The server cannot be reached.', { cause: error });
  }
  const body = parsed(text);
  if (!response.ok) {
    const { detail } = (body ?? {}) as { detail?: unknown };
    const problem = ErrorBody.safeParse({ ...(body as object), message: detail });
    if (problem.success) throw ParleyError.fromBody(problem.data);
    throw notParley();
  }
  const output = commands[name].output.safeParse(body);
  if (!output.success) throw notParley();
  // The schema found by this name is the one of this output.
  return output.data as CommandOutput<N>;
}

function notParley(): ParleyError {
  return new ParleyError('unavailable', 'This is not a Parley server.', { reason: 'not_parley' });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
