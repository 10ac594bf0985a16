import { ZodError } from 'zod';
import { ErrorBody } from '@parley/shared/protocol/errors.ts';
import { EventEnvelope } from '@parley/shared/protocol/events.ts';
import type { Reply } from '@parley/shared/protocol/frames.ts';
import { connectsWithinMs, Refused, type Batch, type Connect } from './transport.ts';
import { within } from './waiting.ts';

async function problemOf(response: Response): Promise<ErrorBody> {
  const problem = (await response.json()) as { detail?: unknown };
  return ErrorBody.parse({ ...problem, message: problem.detail });
}

/** Commands as HTTP requests, events as a stream of their own. */
export const connectHttpSse: Connect = async ({ url, token, after, epoch, take }) => {
  const abort = new AbortController();
  const authorization = `Bearer ${token}`;
  const stream = fetch(`${url}/api/v1/events?epoch=${epoch}`, {
    headers: { authorization, 'last-event-id': String(after) },
    signal: abort.signal,
  });
  try {
    const response = await within(connectsWithinMs, stream, 'a stream of server-sent events');
    const { body } = response;
    if (!response.ok || !body) throw new Refused(await problemOf(response));
    return {
      async command(name, input): Promise<Reply> {
        const answer = await fetch(`${url}/api/v1/${name}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(input),
          signal: AbortSignal.any([abort.signal, AbortSignal.timeout(20_000)]),
        });
        if (!answer.ok) return { ok: false, error: await problemOf(answer) };
        return { ok: true, output: await answer.json() };
      },
      close: () => {
        abort.abort();
      },
      closed: follow(body, take).catch((error: unknown) => {
        // However the network ends a stream, the client comes back; nonsense on it is another matter.
        if (error instanceof ZodError || error instanceof SyntaxError) throw error;
      }),
    };
  } catch (error) {
    abort.abort();
    stream.catch(() => undefined);
    throw error;
  }
};

async function follow(
  body: ReadableStream<Uint8Array>,
  take: (batch: Batch) => void,
): Promise<void> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === undefined) continue;
      const event = EventEnvelope.parse(JSON.parse(data));
      take({ after: null, position: event.position, events: [event], head: null });
    }
  }
}
