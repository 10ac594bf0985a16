import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import { abortAfter } from './abort-after.ts';
import { boundedText } from './bounded-answer.ts';
import type { Reply } from '@parley/shared/protocol/frames.ts';

const deadlineMs = 10_000;
/** The longest answer that is read, in bytes, unless more is asked for: most commands have short ones. */
const maxAnswerBytes = 1_000_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

type Limits = { deadlineMs?: number; maxBytes?: number };

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
  const reply = await askServer(fetch, server, name, input, accessToken);
  if (!reply.ok) throw ParleyError.fromBody(reply.error);
  const output = commands[name].output.safeParse(reply.output);
  if (!output.success) throw notParley();
  // The schema found by this name is the one of this output.
  return output.data as CommandOutput<N>;
}

/** The same, with the output as it came: not parsed. */
export async function askServer(
  fetch: Fetch,
  server: string,
  name: string,
  input: unknown,
  accessToken?: string,
  limits: Limits = {},
): Promise<Reply> {
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
      signal: abortAfter(limits.deadlineMs ?? deadlineMs),
    });
    text = await boundedText(response, limits.maxBytes ?? maxAnswerBytes);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('unavailable', 'The server cannot be reached.', { cause: error });
  }
  const output = parsed(text);
  if (response.ok) return { ok: true, output };
  const error = problemIn(output);
  if (error) return { ok: false, error };
  throw notParley();
}

/** What a server says of a failure over HTTP, in an answer that is not `ok`; null for anything else. */
export async function problemOf(response: Response): Promise<ErrorBody | null> {
  return problemIn(parsed(await boundedText(response, maxAnswerBytes)));
}

function problemIn(body: unknown): ErrorBody | null {
  const { detail } = (body ?? {}) as { detail?: unknown };
  return ErrorBody.safeParse({ ...(body as object), message: detail }).data ?? null;
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
