import { randomUUID } from 'node:crypto';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import type { Access, Keeping } from '../bridge/bridge.ts';
import type { Account } from '../bridge/settings.ts';
import { KeyringUnavailable } from './keyring.ts';
import { callServer, type Fetch } from './server-call.ts';
import type { SessionVault, StoredSession } from './session-vault.ts';

export type AccountSessionOptions = {
  vault: SessionVault;
  fetch: Fetch;
  now: () => number;
  /** The session is over: signed out elsewhere, revoked, or too long away. */
  onEnded: (reason: string) => void;
  /** How the session is kept on this device, said whenever it was looked after. */
  onKeeping: (keeping: Keeping) => void;
};

/** The session of one account. It and the vault are the only places in the app that ever hold a refresh token. */
export class AccountSession {
  readonly account: Account;
  readonly #options: AccountSessionOptions;
  #access: Access | null = null;
  #refreshing: Promise<Access | null> | null = null;
  /** What was begun last: one at a time, or a refresh would keep its token after a sign-out. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(account: Account, options: AccountSessionOptions) {
    this.account = account;
    this.#options = options;
  }

  /** Whether somebody is signed in, as far as that is known. */
  get isSignedIn(): boolean {
    return this.#access !== null;
  }

  /** Keeps what a server answered to a sign-in. A session of the same account that it takes the place of is ended. */
  keep(signedIn: SignedIn): Promise<Access> {
    return this.#inTurn(async () => {
      const before = this.#held(0);
      const access = await this.#keep(signedIn);
      if (before && before.sessionId !== access.sessionId) await this.#end(before.accessToken);
      return access;
    });
  }

  /**
   * An access token that is good for at least this long; null when nobody is signed in. Rejects with
   * `unavailable` when the server cannot be reached, which ends nothing.
   */
  async access(minValidMs: number): Promise<Access | null> {
    const held = this.#held(minValidMs);
    if (held) return held;
    this.#refreshing ??= this.#inTurn(() => this.#refresh()).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Keeps the session better where that has become possible. Asks nobody for anything by itself. */
  settle(): Promise<void> {
    return this.#inTurn(async () => {
      const { vault } = this.#options;
      await vault.settle();
      if (this.#access) this.#tellKeeping();
    });
  }

  /** Signs out: at the server where it can be reached, on this device in any case. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const { vault } = this.#options;
      const held = this.#held(0);
      const stored = held ? null : await this.#stored();
      this.#access = null;
      await vault.clear();
      try {
        if (held) await this.#end(held.accessToken);
        else if (stored) {
          // The access token has expired, as after a sleep: another one is needed to say that this ends.
          const { accessToken } = await this.#exchange(stored, stored.nonce ?? randomUUID());
          await this.#end(accessToken);
        }
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
      }
    });
  }

  /** Where the server cannot be told, the token is gone from here all the same, and ends by itself there. */
  async #end(accessToken: string): Promise<void> {
    try {
      await callServer(this.#options.fetch, this.account.server, 'session.end', {}, accessToken);
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
    }
  }

  #exchange({ refreshToken }: StoredSession, nonce: string): Promise<SignedIn> {
    const { server } = this.account;
    return callServer(this.#options.fetch, server, 'session.refresh', { refreshToken, nonce });
  }

  #held(minValidMs: number): Access | null {
    const held = this.#access;
    if (!held) return null;
    const leftMs = Date.parse(held.accessTokenExpiresAt) - this.#options.now();
    return leftMs > minValidMs ? held : null;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #refresh(): Promise<Access | null> {
    const { vault } = this.#options;
    let stored: StoredSession | null;
    try {
      stored = await vault.load();
    } catch (error) {
      if (!(error instanceof KeyringUnavailable)) throw error;
      this.#options.onKeeping(error.why);
      throw new ParleyError('unavailable', error.message, { cause: error });
    }
    if (!stored) {
      if (vault.isLost) this.#options.onEnded('keyring_lost');
      return null;
    }
    // Kept before the call: if its answer is lost, the same attempt can be made again.
    const nonce = stored.nonce ?? randomUUID();
    if (stored.nonce === null) await vault.save({ ...stored, nonce });
    try {
      return await this.#keep(await this.#exchange(stored, nonce));
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== 'unauthenticated') throw error;
      this.#access = null;
      await vault.clear();
      this.#options.onEnded(error.reason ?? 'ended');
      return null;
    }
  }

  async #keep(signedIn: SignedIn): Promise<Access> {
    const { vault } = this.#options;
    const { sessionId, refreshToken, accessToken, accessTokenExpiresAt } = signedIn;
    await vault.save({ ...this.account, sessionId, refreshToken, nonce: null });
    this.#tellKeeping();
    this.#access = {
      ...this.account,
      sessionId,
      accessToken,
      accessTokenExpiresAt,
      protectedBy: vault.protection,
    };
    return this.#access;
  }

  /** What is kept, as far as it can be read. */
  async #stored(): Promise<StoredSession | null> {
    try {
      return await this.#options.vault.load();
    } catch (error) {
      if (error instanceof KeyringUnavailable) return null;
      throw error;
    }
  }

  #tellKeeping(): void {
    const { protection, away } = this.#options.vault;
    const isSafe = protection !== 'memory';
    this.#options.onKeeping(isSafe ? 'safe' : away === 'locked' ? 'memoryWhileLocked' : 'memory');
  }
}
