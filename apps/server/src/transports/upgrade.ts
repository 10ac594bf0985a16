import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NodeWebSocket } from '@hono/node-ws';
import type { Logger } from 'pino';

/** What handles an upgrade; it may be asynchronous, and then its rejection must not be lost. */
type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
) => void | Promise<void>;

/** Has @hono/node-ws attach itself to a server that never listens, and takes what it attached. */
function takeUpgradeHandler(inject: (server: HttpServer) => void): UpgradeHandler {
  const stand = createServer();
  inject(stand);
  const [handler] = stand.listeners('upgrade') as UpgradeHandler[];
  if (!handler) throw new Error('@hono/node-ws did not listen for upgrades.');
  return handler;
}

/** Ends a connection that no WebSocket came of: half closed it would stay as long as the client likes. */
function finish(socket: Duplex): void {
  socket.end(() => socket.destroy());
}

function refuse(socket: Duplex): void {
  socket.write('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  finish(socket);
}

/** Stands for a WebSocket that was never opened. */
const neverOpened = () =>
  Object.assign(new EventEmitter(), {
    readyState: 3,
    protocol: '',
    send: () => undefined,
    close: () => undefined,
  });

/**
 * Upgrades through @hono/node-ws. It keeps what it prepared for a connection until there is one; where `ws`
 * refuses the handshake, or finds the client gone, it is handed a closed one, or would keep it for ever.
 */
function plainUpgrades(nodeWebSocket: NodeWebSocket): UpgradeHandler {
  const handle = takeUpgradeHandler((source) => nodeWebSocket.injectWebSocket(source));
  const opened = new WeakSet<IncomingMessage>();
  nodeWebSocket.wss.on('connection', (_socket, request) => opened.add(request));
  return async (request, socket, head) => {
    await handle(request, socket, head);
    if (opened.has(request)) return;
    nodeWebSocket.wss.emit('connection', neverOpened(), request);
    finish(socket);
  };
}

/** Path of a request line, or null for one that is no path, such as `//`. */
function pathOf(request: IncomingMessage): string | null {
  const url = request.url ?? '';
  if (!url.startsWith('/') || url.startsWith('//')) return null;
  return url.split('?', 1)[0] ?? null;
}

/**
 * The one place that answers upgrades, by path. Socket.IO and @hono/node-ws would each answer all of them, and
 * a connection that is reset while node-ws still decides would end the process. `cutAll` ends those that were
 * upgraded and do not close when they are told to.
 */
export function routeUpgrades(
  server: HttpServer,
  options: {
    plainPath: string;
    nodeWebSocket: NodeWebSocket;
    log: Logger;
  },
): { cutAll(): void } {
  const plain = plainUpgrades(options.nodeWebSocket);
  const upgraded = new Set<Duplex>();
  const socketIo = server.listeners('upgrade') as UpgradeHandler[];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => {
      options.log.debug({ err: error }, 'a connection broke during its upgrade');
      socket.destroy();
    });
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    const path = pathOf(request);
    // Exactly so: engine.io neither takes nor ends what does not begin with its path.
    if (path === '/socket.io/') {
      for (const handler of socketIo) void handler.call(server, request, socket, head);
    } else if (path === options.plainPath) {
      Promise.resolve(plain(request, socket, head)).catch((error: unknown) => {
        options.log.warn({ err: error }, 'an upgrade failed');
        socket.destroy();
      });
    } else refuse(socket);
  });
  return {
    cutAll() {
      for (const socket of upgraded) socket.destroy();
    },
  };
}
