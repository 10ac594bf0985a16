import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { invalidInput, ParleyError } from '@parley/shared/protocol/errors.ts';
import { Handshake } from '@parley/shared/protocol/frames.ts';
import { minimumClientVersion } from '@parley/shared/protocol/version.ts';
import { toParleyError } from '../commands/run-command.ts';
import type { Actor } from '../live/session.ts';
import type { Cursor } from '../live/hub.ts';
import { cutAfterParting } from './cut.ts';
import {
  maxBufferedAnswerBytes,
  maxFrameBytes,
  reply,
  replyJson,
  UnderWay,
  type Gateway,
} from './gateway.ts';
import { SocketOutlet } from './socket-outlet.ts';
import { RawJson, textParser } from './text-parser.ts';

type Greeted = { actor: Actor; cursor: Cursor | null };

/** Whether `version` (`1.2.3`) is below `minimum`; what is no version is not. */
function isOlder(version: string, minimum: string): boolean {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!parts) return false;
  const least = minimum.split('.').map(Number);
  for (const [index, part] of parts.slice(1, 4).map(Number).entries()) {
    const bound = least[index] ?? 0;
    if (part !== bound) return part < bound;
  }
  return false;
}

async function greet(gateway: Gateway, socket: Socket): Promise<Greeted> {
  const parsed = Handshake.safeParse(socket.handshake.auth);
  if (!parsed.success) throw invalidInput(parsed.error);
  const { token, after, epoch, client } = parsed.data;
  if (client?.name === 'parley-desktop' && isOlder(client.version, minimumClientVersion)) {
    throw new ParleyError('unsupported_version', 'This version of Parley is too old. Update it.');
  }
  const actor = await gateway.authenticate(token);
  gateway.strangers.know(socket.request.socket);
  const cursor = after === undefined ? null : { after, epoch };
  if (cursor) await gateway.hub.checkCursor(cursor);
  return { actor, cursor };
}

function serve(gateway: Gateway, socket: Socket, { actor, cursor }: Greeted): void {
  const underWay = new UnderWay();
  const address = gateway.proxies.clientOf(socket.request);
  const outlet = new SocketOutlet(socket);
  const { session, ready } = gateway.hub.connect(actor, outlet, cursor);
  socket.on('command', (name: unknown, input: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const answer = acknowledge as (answer: RawJson) => void;
    void underWay
      .run(
        () => reply(gateway, { name, input, actor, session, address }),
        (error) => ({ ok: false as const, error }),
      )
      .then((reply) => {
        answer(new RawJson(replyJson(reply)));
        if (outlet.waitingBytes > maxBufferedAnswerBytes) gateway.hub.endSlow(session);
      });
  });
  socket.on('disconnect', (reason) => {
    gateway.hub.disconnect(session);
    if (reason !== 'client namespace disconnect') return;
    // What is left is a connection without a session, which no deadline would end.
    socket.conn.close();
    cutAfterParting(socket.request.socket);
  });
  ready.catch((error: unknown) => {
    const failure = toParleyError(error);
    gateway.log.warn({ err: failure, code: failure.code }, 'a client could not be connected');
    outlet.goodbye(
      failure.code === 'unauthenticated'
        ? { reason: 'revoked', reconnect: false }
        : { reason: 'shutdown', reconnect: true, retryAfterMs: 1_000 },
    );
  });
}

/** Socket.IO for the desktop and web apps: WebSocket only, so that no load balancer needs sticky sessions. */
export function createSocketIo(gateway: Gateway, server: HttpServer): Server {
  const io = new Server({
    path: '/socket.io/',
    transports: ['websocket'],
    serveClient: false,
    // upgrade.ts answers what nobody owns; engine.io must not cut upgrades that are not its own.
    destroyUpgrade: false,
    perMessageDeflate: false,
    httpCompression: false,
    parser: textParser,
    maxHttpBufferSize: maxFrameBytes,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    connectTimeout: 10_000,
  });
  const greeting = new WeakSet<Socket['conn']>();
  io.use((socket, next) => {
    const connection = socket.conn;
    if (greeting.has(connection)) {
      // Socket.IO itself ends who signs in a second time, but not while the first is being looked at.
      connection.close();
      next(new Error('One sign-in at a time.'));
      return;
    }
    greeting.add(connection);
    greet(gateway, socket).then(
      (greeted) => {
        // Socket.IO types `data` as any; `serve` below is its only reader.
        (socket.data as { greeted: Greeted }).greeted = greeted;
        next();
      },
      (error: unknown) => {
        greeting.delete(connection);
        const failure = toParleyError(error);
        next(Object.assign(new Error(failure.message), { data: failure.toBody() }));
      },
    );
  });
  io.on('connection', (socket) => {
    serve(gateway, socket, (socket.data as { greeted: Greeted }).greeted);
  });
  io.attach(server);
  io.engine.on('connection', (connection: Socket['conn']) => {
    const { socket } = connection.request;
    // Whatever engine.io sends in one go, the answers of a batch above all, is one write to the system.
    connection.on('flush', () => {
      socket.cork();
    });
    connection.on('drain', () => {
      socket.uncork();
    });
    connection.once('close', () => {
      cutAfterParting(socket);
    });
  });
  return io;
}
