import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { z } from 'zod';
import { ParleyError, invalidInput } from '@parley/shared/protocol/errors.ts';
import type { Hello } from '@parley/shared/protocol/frames.ts';
import { toParleyError } from '../commands/run-command.ts';
import type { Cursor } from '../live/hub.ts';
import type { EventFrame } from '../live/event-frame.ts';
import type { Outlet } from '../live/session.ts';
import { cutAfterParting } from './cut.ts';
import type { Gateway } from './gateway.ts';
import { problem } from './problem.ts';
import { actorOf, socketOf } from './rest.ts';

const commentEveryMs = 15_000;

const Query = z.object({
  types: z
    .string()
    .max(2_000)
    .transform((list) => new Set(list.split(',').filter(Boolean)))
    .optional(),
  epoch: z.string().min(1).max(64).optional(),
  /** The reader is a person's device that nobody is at; without it the stream says nothing of anybody. */
  presence: z.literal('away').optional(),
});
/** Browsers send an empty one before they have heard of any event. */
const LastEventId = z.preprocess(
  (value) => (value === '' ? undefined : value),
  z.coerce.number().int().min(0).optional(),
);

/** Writes frames to a stream one after the other and knows how much still waits. */
class SseOutlet implements Outlet {
  readonly #stream: SSEStreamingApi;
  readonly #types: Set<string> | undefined;
  readonly #socket: Socket;
  #buffered = 0;
  #tail: Promise<void> = Promise.resolve();
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(stream: SSEStreamingApi, types: Set<string> | undefined, socket: Socket) {
    this.#stream = stream;
    this.#types = types;
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** A comment too: there is no event of this. */
  hello(hello: Hello): void {
    this.#write(`: connected ${JSON.stringify(hello)}\n\n`);
  }

  events({ events }: EventFrame): void {
    let text = '';
    for (const { event, json } of events) {
      if (this.#types && !this.#types.has(event.type)) continue;
      text += `id: ${event.position}\nevent: ${event.type}\ndata: ${json}\n\n`;
    }
    if (text !== '') this.#write(text);
  }

  ephemeral(): void {
    // Typing and presence have no position, so a stream that is resumed by position does not carry them.
  }

  goodbye({ retryAfterMs }: { retryAfterMs?: number | undefined }): void {
    if (retryAfterMs !== undefined) this.#write(`retry: ${retryAfterMs}\n\n`);
    void this.#tail.finally(() => {
      this.#end();
    });
    // The stream does not end while its reader leaves it unread.
    cutAfterParting(this.#socket);
  }

  bufferedBytes(): number {
    return this.#buffered;
  }

  /** A comment, which clients ignore and proxies take for life. */
  comment(): void {
    this.#write(': still here\n\n');
  }

  close(): void {
    this.#end();
  }

  #write(text: string): void {
    this.#buffered += text.length;
    this.#tail = this.#tail.then(async () => {
      await this.#stream.write(text);
      this.#buffered -= text.length;
    });
  }
}

/** `GET /api/v1/events`: the stream of events for those who only read. */
export function createSse(gateway: Gateway): Hono {
  const app = new Hono();
  app.get('/', async (context) => {
    try {
      const actor = await actorOf(gateway, context);
      if (!actor) throw new ParleyError('unauthenticated', 'Sign in first.');
      gateway.strangers.know(socketOf(context));
      const query = Query.safeParse(context.req.query());
      if (!query.success) throw invalidInput(query.error);
      const lastEventId = LastEventId.safeParse(context.req.header('last-event-id'));
      if (!lastEventId.success) throw invalidInput(lastEventId.error);
      const cursor: Cursor | null =
        lastEventId.data === undefined
          ? null
          : { after: lastEventId.data, epoch: query.data.epoch };
      if (cursor) await gateway.hub.checkCursor(cursor);
      context.header('x-accel-buffering', 'no');
      const response = streamSSE(context, async (stream) => {
        const outlet = new SseOutlet(stream, query.data.types, socketOf(context));
        const { session, ready } = gateway.hub.connect(actor, outlet, cursor);
        if (query.data.presence) gateway.hub.liveFor(actor, session).setPresence('away');
        // Also of somebody who was gone before it began: nobody reads such a stream, or tells it so.
        finished((context.env as HttpBindings).outgoing, () => {
          outlet.close();
        });
        ready.catch((error: unknown) => {
          const { code } = toParleyError(error);
          gateway.log.warn({ err: error, code }, 'a stream of events could not be begun');
          outlet.close();
        });
        const comments = setInterval(() => {
          outlet.comment();
        }, commentEveryMs);
        await outlet.ended;
        clearInterval(comments);
        gateway.hub.disconnect(session);
      });
      // The stream ends with its connection: one that was cut late could be serving another request by then.
      response.headers.set('connection', 'close');
      return response;
    } catch (error) {
      return problem(context, toParleyError(error).toBody());
    }
  });
  return app;
}
