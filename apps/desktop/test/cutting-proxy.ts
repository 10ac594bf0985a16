import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands before a server and ends connections in the middle of what goes up. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many bytes the next connection may carry up; asked for each. */
  nextLimit: () => number = () => Infinity;
  cuts = 0;
  url = '';

  private constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = createServer((down) => {
      const up = connect(Number(port), hostname);
      let left = this.nextLimit();
      const end = () => {
        for (const socket of [down, up]) {
          socket.destroy();
          this.#sockets.delete(socket);
        }
      };
      for (const socket of [down, up]) {
        this.#sockets.add(socket);
        socket.on('error', end).on('close', end);
      }
      down.on('data', (bytes) => {
        left -= bytes.length;
        if (left >= 0) {
          up.write(bytes);
          return;
        }
        this.cuts += 1;
        // What came before has still to arrive.
        up.end(bytes.subarray(0, Math.max(0, bytes.length + left)), end);
      });
      up.on('data', (bytes) => down.write(bytes));
    });
  }

  static async start(target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.url = `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    return proxy;
  }

  /** Ends every connection at this moment. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }
}
