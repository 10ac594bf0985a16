import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';

/** What handles an upgrade; it may be asynchronous, and then its rejection must not be lost. */
type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
) => void | Promise<void>;

/** Stands in for the HTTP server where @hono/node-ws wants to listen for upgrades. */
class UpgradeSource extends EventEmitter {
  handler: UpgradeHandler = (_request, socket) => {
    refuse(socket);
  };

  override on(event: string, handler: UpgradeHandler): this {
    if (event === 'upgrade') this.handler = handler;
    return this;
  }
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
 * a connection that is reset while node-ws still decides would end the process.
 */
export function routeUpgrades(
  server: HttpServer,
  options: {
    plainPath: string;
    injectPlain: (source: HttpServer) => void;
    log: Logger;
  },
): void {
  const plain = new UpgradeSource();
  // node-ws only calls `on('upgrade', …)` on what it is given.
  options.injectPlain(plain as EventEmitter as HttpServer);
  const socketIo = server.listeners('upgrade') as UpgradeHandler[];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => {
      options.log.debug({ err: error }, 'a connection broke during its upgrade');
      socket.destroy();
    });
    const path = pathOf(request);
    if (path === '/socket.io/' || path === '/socket.io') {
      for (const handler of socketIo) void handler.call(server, request, socket, head);
    } else if (path === options.plainPath) {
      Promise.resolve(plain.handler(request, socket, head)).catch((error: unknown) => {
        options.log.warn({ err: error }, 'an upgrade failed');
        socket.destroy();
      });
    } else refuse(socket);
  });
}
