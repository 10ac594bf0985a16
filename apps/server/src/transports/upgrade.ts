import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
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

function refuse(socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
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
    injectPlain: (source: HttpServer) => void;
    log: Logger;
  },
): { cutAll(): void } {
  const plain = takeUpgradeHandler(options.injectPlain);
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
    if (path === '/socket.io/' || path === '/socket.io') {
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
