import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignInAttempt, SignInCounts, SignInLimits, SignInOutcome } from './identity.ts';

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

/** An attempt that is running, with all that it counts for. */
type Running = { pair: string; counts: [Tally, string][] };

/**
 * Counts attempts to sign in. In memory: a restart forgives, and people's devices, which refresh every few
 * minutes, make their addresses known again. Where several processes serve, one of them counts for all.
 */
export function createSignInCounts(settings: Partial<SignInLimitSettings> = {}): SignInCounts {
  const { perPair, perAddress, perAccount, maxKnownPairs } = { ...defaults, ...settings };
  const pairs = new Tally(perPair);
  const addresses = new Tally(perAddress);
  const accounts = new Tally(perAccount);
  const known = new KnownPairs(maxKnownPairs);
  const running = new Map<number, Running>();
  let lastTicket = 0;

  return {
    vouch: (attempt) => {
      known.add(pairOf(attempt));
    },
    async begin(attempt) {
      const { account, address } = attempt;
      const pair = pairOf(attempt);
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
      } catch (error) {
        for (const [tally, key] of begun) tally.end(key);
        throw error;
      }
      lastTicket += 1;
      running.set(lastTicket, { pair, counts });
      return lastTicket;
    },
    async end(ticket, outcome) {
      const attempt = running.get(ticket);
      if (!attempt) return;
      running.delete(ticket);
      try {
        if (outcome === 'right') {
          known.add(attempt.pair);
          await pairs.forgive(attempt.pair);
        } else if (outcome === 'wrong') {
          for (const [tally, key] of attempt.counts) await tally.failed(key);
        }
      } finally {
        for (const [tally, key] of attempt.counts) tally.end(key);
      }
    },
  };
}

function pairOf({ account, address }: SignInAttempt): string {
  return `${address} ${account}`;
}

/**
 * Limits on guessing passwords. A person signs in from an address that has signed in to their account before as
 * if no stranger had ever tried: failures elsewhere cannot lock them out.
 */
export function createSignInLimits(counts: SignInCounts = createSignInCounts()): SignInLimits {
  return {
    vouch: (attempt) => {
      counts.vouch(attempt);
    },
    async guard(attempt, verify) {
      const ticket = await counts.begin(attempt);
      let outcome: SignInOutcome = 'unknown';
      try {
        const isRight = await verify();
        outcome = isRight ? 'right' : 'wrong';
        return isRight;
      } finally {
        await counts.end(ticket, outcome);
      }
    },
  };
}
