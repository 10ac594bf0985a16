import { networkOf } from '../commands/limits.ts';
import { Proxies } from './proxies.ts';

/** As much of a socket as is looked at here. */
export type Peer = {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
};

export type StrangerLimits = {
  /** Connections of one address on which nobody has signed in; those of proxies are of many people. */
  perAddress: number;
  /** The same of all addresses. */
  total: number;
};

const defaults: StrangerLimits = { perAddress: 4_000, total: 10_000 };

/** The bounds of one of several processes, among which connections are shared out evenly. */
export function shareOf(processes: number): StrangerLimits {
  const share = (limit: number) => Math.ceil(limit / processes);
  return { perAddress: share(defaults.perAddress), total: share(defaults.total) };
}

/**
 * Connections on which nobody has signed in yet. Beyond the bound the oldest is cut, not the newest refused: who
 * means to sign in has done so within moments, so that a flood of the silent displaces itself.
 */
export class Strangers {
  readonly #limits: StrangerLimits;
  readonly #proxies: Proxies;
  /** In the order of their coming, as are those of each address. */
  readonly #addresses = new Map<Peer, string>();
  readonly #byAddress = new Map<string, Set<Peer>>();

  constructor(limits: Partial<StrangerLimits> = {}, proxies = new Proxies([])) {
    this.#limits = { ...defaults, ...limits };
    this.#proxies = proxies;
  }

  get count(): number {
    return this.#addresses.size;
  }

  /** A connection has come in. */
  meet(socket: Peer): void {
    // It has gone again.
    if (socket.remoteAddress === undefined) return;
    const address = networkOf(socket.remoteAddress);
    const neighbours = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, neighbours.add(socket));
    this.#addresses.set(socket, address);
    socket.once('close', () => {
      this.know(socket);
    });
    const isAlone = !this.#proxies.has(socket.remoteAddress);
    if (isAlone && neighbours.size > this.#limits.perAddress) this.#cutOldest(neighbours);
    else if (this.count > this.#limits.total) this.#cutOldest(this.#addresses.keys());
  }

  /** Somebody has signed in on it, or it is gone. */
  know(socket: Peer): void {
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    const neighbours = this.#byAddress.get(address);
    neighbours?.delete(socket);
    if (neighbours?.size === 0) this.#byAddress.delete(address);
  }

  #cutOldest(sockets: Iterable<Peer>): void {
    const [oldest] = sockets;
    if (!oldest) return;
    this.know(oldest);
    oldest.destroy();
  }
}
