import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Direction } from './plan.ts';
import { reset } from './reset.ts';

type Way = 'up' | 'down';
type Held = { chunk: Buffer; due: number };

/** One connection through the proxy: the client's half and the target's half. */
class Link {
  readonly #halves: Record<Way, Socket>;
  readonly #held: Record<Way, Held[]> = { up: [], down: [] };
  readonly #swallowed = new Set<Way>();
  #delayMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(client: Socket, target: Socket, gone: (link: Link) => void) {
    this.#halves = { up: target, down: client };
    for (const socket of [client, target]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    client.on('data', (chunk: Buffer) => {
      this.#take('up', chunk);
    });
    target.on('data', (chunk: Buffer) => {
      this.#take('down', chunk);
    });
    const ended = (half: Socket, other: Socket) => {
      half.on('close', () => {
        // Nobody hears of an end on a connection that is half open.
        if (this.#swallowed.size > 0 && !other.destroyed) return;
        // What was written arrives before the end; what is held back is lost with the connection.
        if (this.#timer) clearTimeout(this.#timer);
        other.destroySoon();
        gone(this);
      });
    };
    ended(client, target);
    ended(target, client);
  }

  get isHalfOpen(): boolean {
    return this.#swallowed.size > 0;
  }

  /** Whether whoever opened it still keeps it open. */
  get isHeld(): boolean {
    return !this.#halves.down.destroyed;
  }

  /** From now on bytes are accepted and vanish; a stream with a hole in it can never go on. */
  swallow(direction: Direction): void {
    if (direction !== 'down') this.#swallowed.add('up');
    if (direction !== 'up') this.#swallowed.add('down');
    for (const way of this.#swallowed) this.#held[way] = [];
  }

  delay(byMs: number): void {
    this.#delayMs = byMs;
  }

  cut(): void {
    if (this.#timer) clearTimeout(this.#timer);
    reset(this.#halves.up);
    reset(this.#halves.down);
  }

  #take(way: Way, chunk: Buffer): void {
    if (this.#swallowed.has(way)) return;
    const held = this.#held[way];
    if (this.#delayMs === 0 && held.length === 0) {
      this.#halves[way].write(chunk);
      return;
    }
    // Later bytes never overtake earlier ones, also when the delay has become shorter.
    const due = Math.max(performance.now() + this.#delayMs, held.at(-1)?.due ?? 0);
    held.push({ chunk, due });
    this.#timer ??= setTimeout(() => this.#release(), this.#delayMs);
  }

  #release(): void {
    this.#timer = null;
    const now = performance.now();
    let next = Infinity;
    for (const way of ['up', 'down'] as const) {
      const held = this.#held[way];
      for (let first = held[0]; first && first.due <= now; first = held[0]) {
        held.shift();
        this.#halves[way].write(first.chunk);
      }
      next = Math.min(next, held[0]?.due ?? Infinity);
    }
    if (next < Infinity) this.#timer = setTimeout(() => this.#release(), next - now);
  }
}

/** A TCP proxy on an address of its own that can do to connections what networks do. */
export class Proxy {
  readonly port: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #targetPorts: number[] = [];
  #halfOpening: Direction | null = null;
  #delayMs = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => {
      this.#accept(client);
    });
  }

  static async open(): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Proxy(server);
  }

  /** Where new connections lead: to each of these in turn. */
  aim(...ports: number[]): void {
    this.#targetPorts = ports;
  }

  /** Refuses connections, as an address where nobody listens does. */
  async refuse(): Promise<void> {
    this.#targetPorts = [];
    this.cut(1);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Takes connections again, at the same address. */
  async accept(port: number): Promise<void> {
    this.aim(port);
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Ends every n-th connection, with a reset on both sides. */
  cut(every: number): void {
    for (const link of this.#each(every)) link.cut();
  }

  /** Holds the bytes of every n-th connection, and of all new ones, back for a while. */
  delay(every: number, byMs: number): void {
    this.#delayMs = byMs;
    for (const link of this.#each(every)) link.delay(byMs);
  }

  /** Leaves every n-th connection, and all new ones, open without passing anything on. */
  halfOpen(every: number, direction: Direction): void {
    this.#halfOpening = direction;
    for (const link of this.#each(every)) link.swallow(direction);
  }

  /** New connections are whole again. Those that are half open stay so until their client gives up. */
  heal(): void {
    this.#delayMs = 0;
    this.#halfOpening = null;
    for (const link of this.#links) link.delay(0);
  }

  /** How many that are half open their clients have not given up. */
  get heldHalfOpen(): number {
    return [...this.#links].filter((link) => link.isHalfOpen && link.isHeld).length;
  }

  /** Resets what is still half open: in the end a network tells. */
  endHalfOpen(): void {
    for (const link of [...this.#links]) if (link.isHalfOpen) link.cut();
  }

  async close(): Promise<void> {
    this.cut(1);
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #each(every: number): Link[] {
    return [...this.#links].filter((_, index) => index % every === 0);
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    const port = this.#targetPorts.shift();
    if (port === undefined) {
      reset(client);
      return;
    }
    this.#targetPorts.push(port);
    const target = connect({ host: '127.0.0.1', port });
    const link = new Link(client, target, (gone) => this.#links.delete(gone));
    this.#links.add(link);
    link.delay(this.#delayMs);
    if (this.#halfOpening) link.swallow(this.#halfOpening);
  }
}
