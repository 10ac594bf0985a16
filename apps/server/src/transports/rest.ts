import type { Socket } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { bearerToken } from '../commands/authenticate.ts';
import { Encoded, toParleyError } from '../commands/run-command.ts';
import type { Actor } from '../live/session.ts';
import { maxFrameBytes, reply, type Gateway } from './gateway.ts';
import { problem } from './problem.ts';

/** The connection that a request came on; also in an upgrade. */
export function socketOf(context: Context): Socket {
  return (context.env as HttpBindings).incoming.socket;
}

/** The address of who asks, for limits; empty when the socket is gone already. */
export function addressOf({ proxies }: Pick<Gateway, 'proxies'>, context: Context): string {
  return proxies.clientOf((context.env as HttpBindings).incoming);
}

/** Who sent this request; null without an Authorization header. Throws when the header is no good. */
export async function actorOf(gateway: Gateway, context: Context): Promise<Actor | null> {
  const header = context.req.header('authorization');
  if (header === undefined) return null;
  const token = bearerToken(header);
  if (!token) {
    throw new ParleyError('unauthenticated', 'Send the header as “Authorization: Bearer <token>”.');
  }
  return gateway.authenticate(token);
}

/** The body as JSON; an empty body is an empty object. Throws `invalid_input`. */
export async function jsonBody(context: Context): Promise<unknown> {
  const text = await context.req.text();
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ParleyError('invalid_input', 'The body is not JSON.', { cause: error });
  }
}

const refuseLargeBodies = bodyLimit({
  maxSize: maxFrameBytes,
  onError: (context) => {
    // The rest of the body is not read, so the connection cannot serve another request.
    context.header('connection', 'close');
    return problem(context, { code: 'too_large', message: 'The body is too large.' });
  },
});

/** Refuses bodies above the limit before they are read, and bounds what all together hold while they come in. */
export function limitBody({ bodies }: Gateway): MiddlewareHandler {
  return async (context, next) => {
    const declared = Number(context.req.header('content-length') ?? maxFrameBytes);
    const end = bodies.begin(socketOf(context), Math.min(declared, maxFrameBytes));
    try {
      return await refuseLargeBodies(context, next);
    } finally {
      end();
    }
  };
}

/** `POST /api/v1/<command>` with a JSON body. */
export function createRest(gateway: Gateway): Hono {
  const app = new Hono();
  app.post('/:command', limitBody(gateway), async (context) => {
    context.header('cache-control', 'no-store');
    try {
      const actor = await actorOf(gateway, context);
      const input = await jsonBody(context);
      // Not before the body is here: whoever only begins requests is bounded like those who never sign in.
      if (actor) gateway.strangers.know(socketOf(context));
      const answer = await reply(gateway, {
        name: context.req.param('command'),
        actor,
        input,
        session: null,
        address: addressOf(gateway, context),
      });
      if (!answer.ok) return problem(context, answer.error);
      if (!(answer.output instanceof Encoded)) return context.json(answer.output);
      return context.body(answer.output.json, 200, { 'content-type': 'application/json' });
    } catch (error) {
      return problem(context, toParleyError(error).toBody());
    }
  });
  return app;
}
