import type { Id } from '@parley/shared/protocol/ids.ts';

/** Passwords, tokens and the limits on guessing them: what accounts need from outside the database. */
export type Identity = {
  /** Hashes with argon2id. Rejects with `unavailable` when too many hashes wait already. */
  hashPassword(password: string): Promise<string>;
  /** Takes as long for an unknown account (null) as for a wrong password. */
  verifyPassword(hash: string | null, password: string): Promise<boolean>;
  /** A signed access token of ten minutes. */
  signAccessToken(claims: AccessClaims): Promise<{ token: string; expiresAt: Date }>;
  /** Throws `unauthenticated`, or `token_expired` when it was good once. */
  verifyAccessToken(token: string): Promise<AccessClaims>;
  /** A fresh refresh token. */
  newRefreshToken(): string;
  /** The token that follows `token` for the attempt named `nonce`: the same attempt gets the same successor. */
  successorOf(token: string, nonce: Id): string;
  /** SHA-256 in hex of a secret that is long and random, so that only its hash needs to be stored. */
  hashSecret(secret: string): string;
  signInLimits: SignInLimits;
};

export type AccessClaims = { userId: Id; sessionId: Id };

/** An account, by its id or by the name that was tried, and where from. */
export type SignInAttempt = { account: string; address: string };

/** `unknown`: it could not be found out, which counts for nothing. */
export type SignInOutcome = 'right' | 'wrong' | 'unknown';

/** Slows guessing down without letting a stranger lock a person out. */
export type SignInLimits = {
  /**
   * Resolves to what `verify` finds, and counts it when that is false; a `verify` that rejects counts for nothing.
   * Throws `rate_limited`, without verifying, when this address, or strangers to this account together, failed
   * too often.
   */
  guard(attempt: SignInAttempt, verify: () => Promise<boolean>): Promise<boolean>;
  /** Remembers that the person has shown at this address who they are, by other means than a password. */
  vouch(attempt: SignInAttempt): void;
};

/** What the limits count by: kept once for all processes of a server, or a guesser had the limit of each. */
export type SignInCounts = {
  /** Resolves to a ticket for the attempt, which runs until `end`. Throws `rate_limited`. */
  begin(attempt: SignInAttempt): Promise<number>;
  end(ticket: number, outcome: SignInOutcome): Promise<void>;
  vouch(attempt: SignInAttempt): void;
};
