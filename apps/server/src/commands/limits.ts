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
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [start = '', end] = address.replace(/%.*$/, '').split('::');
  const before = start === '' ? [] : start.split(':');
  const zeros = end === undefined ? [] : ['0', '0', '0', '0'];
  const groups = [...before, ...zeros].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

/** Limits kept in this node's memory: they protect the node, not a quota. */
export function createCommandLimits(settings: Partial<LimitSettings> = {}): CommandLimits {
  const { perSession, perAddress } = { ...defaults, ...settings };
  const sessions = new RateLimiterMemory({ points: perSession, duration: 10 });
  const addresses = new RateLimiterMemory({ points: perAddress, duration: 60 });
  return {
    async take(who) {
      try {
        if ('sessionId' in who) await sessions.consume(who.sessionId);
        else await addresses.consume(who.address);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw new ParleyError('rate_limited', 'Too many requests. Wait a moment.', {
          retryAfterMs: error.msBeforeNext,
        });
      }
    },
  };
}
