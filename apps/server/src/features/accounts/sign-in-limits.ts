import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignInLimits } from './identity.ts';

const windowSeconds = 15 * 60;

export type SignInLimitSettings = {
  /** Failures of one address on one account. */
  perPair: number;
  /** Failures of one address on all accounts. */
  perAddress: number;
  /** Failures on one account of all addresses that never signed in to it. */
  perAccount: number;
};

const defaults: SignInLimitSettings = { perPair: 10, perAddress: 100, perAccount: 50 };
const maxKnownPairs = 50_000;

/**
 * Limits on guessing passwords. A person signs in from an address that has signed in to their account before as
 * if no stranger had ever tried: failures elsewhere cannot lock them out. In memory: a restart forgives.
 */
export function createSignInLimits(settings: Partial<SignInLimitSettings> = {}): SignInLimits {
  const { perPair, perAddress, perAccount } = { ...defaults, ...settings };
  const pairs = new RateLimiterMemory({ points: perPair, duration: windowSeconds });
  const addresses = new RateLimiterMemory({ points: perAddress, duration: windowSeconds });
  const accounts = new RateLimiterMemory({ points: perAccount, duration: windowSeconds });
  const known = new Set<string>();

  const pairOf = (account: string, address: string) => `${address} ${account}`;

  return {
    async check({ account, address }) {
      const pair = pairOf(account, address);
      refuseWhenSpent(await pairs.get(pair), perPair);
      refuseWhenSpent(await addresses.get(address), perAddress);
      if (!known.has(pair)) refuseWhenSpent(await accounts.get(account), perAccount);
    },
    async failed({ account, address }) {
      const pair = pairOf(account, address);
      await pairs.penalty(pair);
      await addresses.penalty(address);
      if (!known.has(pair)) await accounts.penalty(account);
    },
    async succeeded({ account, address }) {
      const pair = pairOf(account, address);
      await pairs.delete(pair);
      if (known.size >= maxKnownPairs) {
        const [oldest] = known;
        if (oldest !== undefined) known.delete(oldest);
      }
      known.add(pair);
    },
  };
}

function refuseWhenSpent(spent: RateLimiterRes | null, points: number): void {
  if (!spent || spent.consumedPoints < points) return;
  throw new ParleyError('rate_limited', 'Too many attempts. Wait before you try again.', {
    retryAfterMs: spent.msBeforeNext,
  });
}
