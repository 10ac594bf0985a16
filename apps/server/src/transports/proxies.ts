import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../commands/limits.ts';

/** As much of a request, or of an upgrade, as tells where it came from. */
type Asked = Pick<IncomingMessage, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/** Whether the text is an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (bits < 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/**
 * The reverse proxies in front of this server, by their addresses and networks. They alone are believed where they say
 * for whom they ask: in `X-Forwarded-For`, of which each appends whom it was asked by, so that what strangers put there
 * stands before it (https://developer.mozilla.org/docs/Web/HTTP/Headers/X-Forwarded-For). Throws for what is no network.
 */
export class Proxies {
  readonly #networks = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(prefix), family);
    }
  }

  /** Whether a proxy of ours has this address. */
  has(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#networks.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }

  /** Who asks: the nearest that is no proxy of ours; empty when the socket is gone already. */
  clientOf({ headers, socket }: Asked): string {
    let client = socket.remoteAddress ?? '';
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    for (const each of forwarded.toReversed()) {
      if (!this.has(client)) break;
      const before = addressIn(each);
      if (before === null) break;
      client = before;
    }
    return client;
  }
}

/** The address in an entry, which some proxies write with its port. */
function addressIn(entry: string): string | null {
  const text = entry.trim();
  const address =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(address) === 0 ? null : address;
}
