import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignInLimits } from './identity.ts';

const windowSeconds = 15 * 60;
/** How long to wait where only attempts that are still running are in the way. */
const retryWhileRunningMs = 1_000;

export type SignInLimitSettings = {
  /** Failures of one address on one account. */
  perPair: number;
  /** Failures of one address on all accounts. */
  perAddress: number;
  /** Failures on one account of all addresses that never signed in to it. */
  perAccount: number;
  /** Pairs of address and account that are remembered to have signed in. */
  maxKnownPairs: number;
};

const defaults: SignInLimitSettings = {
  perPair: 10,
  perAddress: 100,
  perAccount: 50,
  maxKnownPairs: 50_000,
};

/** Failures within the window and, so that guesses in parallel gain nothing, the attempts that are running. */
class Tally {
  readonly #points: number;
  readonly #failures: RateLimiterMemory;
  readonly #running = new Map<string, number>();

  constructor(points: number) {
    this.#points = points;
    this.#failures = new RateLimiterMemory({ points, duration: windowSeconds });
  }

  async begin(key: string): Promise<void> {
    const failures = await this.#failures.get(key);
    const failed = failures?.consumedPoints ?? 0;
    const running = this.#running.get(key) ?? 0;
    if (failed + running >= this.#points) {
      throw new ParleyError('rate_limited', 'Too many attempts. Wait before you try again.', {
        retryAfterMs:
          failures && failed >= this.#points ? failures.msBeforeNext : retryWhileRunningMs,
      });
    }
    this.#running.set(key, running + 1);
  }

  end(key: string): void {
    const running = (this.#running.get(key) ?? 0) - 1;
    if (running > 0) this.#running.set(key, running);
    else this.#running.delete(key);
  }

  async failed(key: string): Promise<void> {
    await this.#failures.penalty(key);
  }

  async forgive(key: string): Promise<void> {
    await this.#failures.delete(key);
  }
}

/** Remembers so many; what was used least recently is forgotten first. */
class KnownPairs {
  readonly #max: number;
  readonly #pairs = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  has(pair: string): boolean {
    return this.#pairs.has(pair);
  }

  add(pair: string): void {
    this.#pairs.delete(pair);
    this.#pairs.add(pair);
    const [oldest] = this.#pairs;
    if (this.#pairs.size > this.#max && oldest !== undefined) this.#pairs.delete(oldest);
  }
}

/**
 * Limits on guessing passwords. A person signs in from an address that has signed in to their account before as
 * if no stranger had ever tried: failures elsewhere cannot lock them out. In memory: a restart forgives, and their
 * devices, which refresh every few minutes, make their addresses known again.
 */
export function createSignInLimits(settings: Partial<SignInLimitSettings> = {}): SignInLimits {
  const { perPair, perAddress, perAccount, maxKnownPairs } = { ...defaults, ...settings };
  const pairs = new Tally(perPair);
  const addresses = new Tally(perAddress);
  const accounts = new Tally(perAccount);
  const known = new KnownPairs(maxKnownPairs);

  return {
    vouch({ account, address }) {
      known.add(`${address} ${account}`);
    },
    async guard({ account, address }, verify) {
      const pair = `${address} ${account}`;
      const counts: [Tally, string][] = [
        [pairs, pair],
        [addresses, address],
      ];
      if (!known.has(pair)) counts.push([accounts, account]);
      const begun: [Tally, string][] = [];
      try {
        for (const [tally, key] of counts) {
          await tally.begin(key);
          begun.push([tally, key]);
        }
        const isRight = await verify();
        if (isRight) {
          known.add(pair);
          await pairs.forgive(pair);
        } else {
          for (const [tally, key] of counts) await tally.failed(key);
        }
        return isRight;
      } finally {
        for (const [tally, key] of begun) tally.end(key);
      }
    },
  };
}
