import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site that would be glad of a visit: it allows everybody everything, and notes what it was asked for. */
export class ForeignSite {
  readonly requests: string[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', ({ method, url }) => {
      this.requests.push(`${method} ${url}`);
    });
  }

  static async start(): Promise<ForeignSite> {
    const server = createServer((request, response) => {
      const isScript = request.url?.endsWith('.js') ?? false;
      response.writeHead(200, {
        'content-type': isScript ? 'text/javascript' : 'text/html',
        'access-control-allow-origin': '*',
      });
      response.end(isScript ? 'window.ranRemote = true' : '<title>Elsewhere</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ForeignSite(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
