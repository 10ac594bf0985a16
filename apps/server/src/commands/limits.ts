import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ParleyError } from '@parley/shared/protocol/errors.ts';

export type CommandLimits = {
  /** Throws `rate_limited` when the session, or the address of somebody not signed in, asks too much. */
  take(who: { sessionId: string } | { address: string }): Promise<void>;
};

export type LimitSettings = {
  /** Commands a session may give in ten seconds. */
  perSession: number;
  /** Commands without sign-in that one address may give in a minute. */
  perAddress: number;
};

const defaults: LimitSettings = { perSession: 6_000, perAddress: 300 };

/**
 * What limits count an address as. Whoever has one address of IPv6 has the 2^64 of its network, so that counts as
 * one; and IPv4 is the same however the socket writes it.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [start = '', end] = plain.split('::');
  const before = start === '' ? [] : start.split(':');
  const zeros = end === undefined ? [] : ['0', '0', '0', '0'];
  const groups = [...before, ...zeros].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/** An address as it is written by itself: without the interface that it was met on, and IPv4 as that. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '');
}

/** Counts what addresses ask without sign-in: one count for all processes of a server. */
export type AddressLimit = {
  /** Throws `rate_limited`. */
  take(address: string): Promise<void>;
};

/** An address limit in this process's memory. */
export function createAddressLimit(perAddress = defaults.perAddress): AddressLimit {
  const addresses = new RateLimiterMemory({ points: perAddress, duration: 60 });
  return { take: (address) => consume(addresses, address) };
}

/** Limits kept in this node's memory: they protect the node, not a quota. */
export function createCommandLimits(
  settings: Partial<LimitSettings> = {},
  addresses: AddressLimit = createAddressLimit(settings.perAddress),
): CommandLimits {
  const points = settings.perSession ?? defaults.perSession;
  const sessions = new RateLimiterMemory({ points, duration: 10 });
  return {
    take: (who) =>
      'sessionId' in who ? consume(sessions, who.sessionId) : addresses.take(who.address),
  };
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new ParleyError('rate_limited', 'Too many requests. Wait a moment.', {
      retryAfterMs: error.msBeforeNext,
    });
  }
}
