import type { Socket } from 'node:net';
import type { Hono } from 'hono';
import type { UpgradeWebSocket, WSContext } from 'hono/ws';
import type { WebSocket } from 'ws';
import { AuthFrame, CommandFrame, type Goodbye } from '@parley/shared/protocol/frames.ts';
import { invalidInput, ParleyError, type ErrorBody } from '@parley/shared/protocol/errors.ts';
import { toParleyError } from '../commands/run-command.ts';
import type { EventFrame } from '../live/event-frame.ts';
import type { Actor } from '../live/session.ts';
import type { LiveSession, Outlet } from '../live/session.ts';
import type { Cursor } from '../live/hub.ts';
import {
  maxBufferedAnswerBytes,
  reply,
  replyJson,
  UnderWay,
  type Gateway,
  type Reply,
} from './gateway.ts';
import { problem } from './problem.ts';
import { actorOf, addressOf, socketOf } from './rest.ts';

const signInWithinMs = 10_000;

type NodeSocket = WSContext<WebSocket>;

function eventsText(frame: EventFrame): string {
  return `{"events":${frame.json}}`;
}

/** Frames on a plain WebSocket: one JSON object each. */
class WebSocketOutlet implements Outlet {
  readonly #socket: NodeSocket;
  /** Of the answers, what the network has not taken yet. */
  answerBytes = 0;

  constructor(socket: NodeSocket) {
    this.#socket = socket;
  }

  hello(hello: Parameters<Outlet['hello']>[0]): void {
    this.write(JSON.stringify({ hello }));
  }

  events(frame: Parameters<Outlet['events']>[0]): void {
    this.write(frame.encoded(eventsText));
  }

  ephemeral(list: Parameters<Outlet['ephemeral']>[0]): void {
    this.write(JSON.stringify({ ephemeral: list }));
  }

  goodbye(goodbye: Goodbye): void {
    this.write(JSON.stringify({ goodbye }));
    this.#socket.close(goodbye.reconnect ? 1012 : 1008, goodbye.reason);
  }

  bufferedBytes(): number {
    return Math.max(0, (this.#socket.raw?.bufferedAmount ?? 0) - this.answerBytes);
  }

  answer(frame: string): void {
    const bytes = Buffer.byteLength(frame);
    this.answerBytes += bytes;
    this.#socket.raw?.send(frame, () => {
      this.answerBytes -= bytes;
    });
  }

  write(frame: string): void {
    if (this.#socket.readyState === 1) this.#socket.send(frame);
  }
}

/** One plain WebSocket: not signed in, then connected to the hub, then gone. */
class PlainConnection {
  readonly #gateway: Gateway;
  readonly #address: string;
  readonly #peer: Socket;
  readonly #underWay = new UnderWay();
  #socket: NodeSocket | null = null;
  #outlet: WebSocketOutlet | null = null;
  #actor: Actor | null;
  #session: LiveSession | null = null;
  #signingIn = false;
  #closed = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(gateway: Gateway, actor: Actor | null, peer: { address: string; socket: Socket }) {
    this.#gateway = gateway;
    this.#actor = actor;
    this.#address = peer.address;
    this.#peer = peer.socket;
  }

  open(socket: NodeSocket): void {
    // Gone before it was open.
    if (socket.readyState !== 1) return;
    this.#socket = socket;
    this.#outlet = new WebSocketOutlet(socket);
    if (this.#actor) void this.#connect(this.#actor, null);
    else {
      this.#deadline = setTimeout(() => {
        this.#refuse({ code: 'unauthenticated', message: 'No sign-in within ten seconds.' });
      }, signInWithinMs);
    }
  }

  message(data: unknown): void {
    // After the goodbye frames still come in until the client has closed too.
    if (this.#closed || this.#session?.state === 'closed') return;
    let frame: unknown;
    try {
      if (typeof data !== 'string') throw new ParleyError('invalid_input', 'Send text frames.');
      frame = JSON.parse(data);
    } catch (error) {
      const message = error instanceof ParleyError ? error.message : 'The frame is not JSON.';
      this.#refuse({ code: 'invalid_input', message });
      return;
    }
    if (this.#actor) void this.#command(this.#actor, frame);
    else void this.#signIn(frame);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#deadline);
    if (this.#session) this.#gateway.hub.disconnect(this.#session);
  }

  async #signIn(frame: unknown): Promise<void> {
    const parsed = AuthFrame.safeParse(frame);
    if (!parsed.success || this.#signingIn) {
      const message = 'The first frame must be {"auth":{"token":…}}, and nothing else until hello.';
      this.#refuse({ code: 'unauthenticated', message });
      return;
    }
    this.#signingIn = true;
    const { token, after, epoch } = parsed.data.auth;
    try {
      const actor = await this.#gateway.authenticate(token);
      this.#gateway.strangers.know(this.#peer);
      const cursor = after === undefined ? null : { after, epoch };
      clearTimeout(this.#deadline);
      await this.#connect(actor, cursor);
    } catch (error) {
      this.#refuse(toParleyError(error).toBody());
    }
  }

  async #connect(actor: Actor, cursor: Cursor | null): Promise<void> {
    if (!this.#outlet) return;
    try {
      if (cursor) await this.#gateway.hub.checkCursor(cursor);
      if (this.#closed) return;
      const { session, ready } = this.#gateway.hub.connect(actor, this.#outlet, cursor);
      this.#session = session;
      this.#actor = actor;
      await ready;
    } catch (error) {
      this.#refuse(toParleyError(error).toBody());
    }
  }

  async #command(actor: Actor, frame: unknown): Promise<void> {
    const parsed = CommandFrame.safeParse(frame);
    if (!parsed.success) {
      this.#answer(idOf(frame), { ok: false, error: invalidInput(parsed.error).toBody() });
      return;
    }
    const { id, command: name, input } = parsed.data;
    const answer = await this.#underWay.run(
      () => {
        const session = this.#session;
        return reply(this.#gateway, { name, input, actor, session, address: this.#address });
      },
      (error) => ({ ok: false as const, error }),
    );
    this.#answer(id, answer);
  }

  #answer(id: unknown, answer: Reply): void {
    const outlet = this.#outlet;
    outlet?.answer(`{"id":${JSON.stringify(id)},${replyJson(answer).slice(1)}`);
    const isLate = (outlet?.answerBytes ?? 0) > maxBufferedAnswerBytes;
    if (isLate && this.#session) this.#gateway.hub.endSlow(this.#session);
  }

  /** Says what is wrong and closes. */
  #refuse(error: ErrorBody): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#answer(null, { ok: false, error });
    this.#socket?.close(1008, error.code);
  }
}

function idOf(frame: unknown): unknown {
  const id = typeof frame === 'object' && frame !== null && 'id' in frame ? frame.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** `GET /api/v1/ws`: the protocol on a plain WebSocket, for bots and other languages. */
export function addWebSocket(
  app: Hono,
  gateway: Gateway,
  upgradeWebSocket: UpgradeWebSocket<WebSocket>,
): void {
  const actors = new WeakMap<Request, Actor | null>();
  app.get(
    '/api/v1/ws',
    async (context, next) => {
      try {
        const actor = await actorOf(gateway, context);
        if (actor) gateway.strangers.know(socketOf(context));
        actors.set(context.req.raw, actor);
      } catch (error) {
        return problem(context, toParleyError(error).toBody());
      }
      return next();
    },
    upgradeWebSocket(
      (context) => {
        const actor = actors.get(context.req.raw) ?? null;
        const connection = new PlainConnection(gateway, actor, {
          address: addressOf(gateway, context),
          socket: socketOf(context),
        });
        return {
          onOpen: (_event, socket) => {
            connection.open(socket);
          },
          onMessage: ({ data }: { data: unknown }) => {
            connection.message(data);
          },
          onClose: () => {
            connection.close();
          },
          onError: () => {
            connection.close();
          },
        };
      },
      {
        // @hono/node-ws wants an ErrorEvent, which Node has not, for each frame against the rules. A close follows.
        onError: (error: unknown) => {
          gateway.log.debug({ err: error }, 'a WebSocket failed');
        },
      },
    ),
  );
}
