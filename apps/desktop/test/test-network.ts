import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * What the way to the server does with bytes.
 * `clear`: brings them · `portal`: answers a page to whatever comes, as the network of a hotel does before one has paid
 * · `gone`: refuses.
 */
export type Weather = 'clear' | 'portal' | 'gone';

const page = '<!doctype html><title>Welcome</title><p>Please accept our terms.</p>';
const portalAnswer = [
  'HTTP/1.1 200 OK',
  'content-type: text/html',
  `content-length: ${page.length}`,
  'connection: close',
  '',
  page,
].join('\r\n');

type Pair = { client: Socket; server: Socket | null; swallows: boolean };

/** A network between clients and a server, in which a machine can sleep, move and meet captive portals. */
export class TestNetwork {
  weather: Weather = 'clear';
  readonly #target: number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();

  private constructor(target: number) {
    this.#target = target;
    this.#listener = createServer((client) => this.#accept(client));
  }

  /** Listens on a free port and leads to the server at this address. */
  static async to(server: string): Promise<TestNetwork> {
    const network = new TestNetwork(Number(new URL(server).port));
    await new Promise<void>((resolve) => network.#listener.listen(0, '127.0.0.1', resolve));
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /**
   * From now on nothing comes through on the connections that are there, and neither side hears of it: they are half
   * open, as after a sleep, or when the machine got another address. New ones are not concerned.
   */
  halfOpen(): void {
    for (const pair of this.#pairs) pair.swallows = true;
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server?.destroy();
    }
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.weather === 'gone') {
      client.destroy();
      return;
    }
    const pair: Pair = { client, server: null, swallows: false };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      // The other side of a dead way does not hear of it either.
      if (!pair.swallows) pair.server?.destroy();
    };
    client.on('error', end).on('close', end);
    if (this.weather === 'portal') {
      client.once('data', () => client.end(portalAnswer));
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    pair.server = server;
    server.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      if (!pair.swallows) server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (!pair.swallows) client.write(bytes);
    });
  }
}
