import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Access, CallInput, Keeping } from '../bridge/bridge.ts';
import { keyOf, type Account } from '../bridge/settings.ts';
import { AccountSession } from './account-session.ts';
import { callServer, type Fetch } from './server-call.ts';
import type { SessionVault } from './session-vault.ts';

/** What a person recognises this device by in their list of sessions. */
export type Device = { name: string; platform: string };

export type AccountsOptions = {
  /** The only server that may be connected to; null: any may. */
  onlyServer: string | null;
  /** `onWiped`: what the vault had stored is not there any more. */
  vaultOf: (account: Account, onWiped: () => void) => SessionVault;
  device: Device;
  fetch: Fetch;
  now: () => number;
  /** The session of an account is over: signed out elsewhere, revoked, or too long away. */
  onEnded: (account: Account, reason: string) => void;
  /** How the session of an account is kept, whenever it was looked after. */
  onKeeping: (account: Account, keeping: Keeping) => void;
};

/** All who are signed in on this device, each with a session and a vault of its own. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #sessions = new Map<string, AccountSession>();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** The servers of those who are signed in, as far as that is known. */
  get servers(): string[] {
    const signedIn = [...this.#sessions.values()].filter(({ isSignedIn }) => isSignedIn);
    return signedIn.map(({ account }) => account.server);
  }

  async checkServer(server: string): Promise<CommandOutput<'server.info'>> {
    this.#mayConnectTo(server);
    return callServer(this.#options.fetch, server, 'server.info', {});
  }

  /** Signs in, registers or sets up. Rejects with a ParleyError. */
  async open({ server, command, input }: CallInput<'session.open'>): Promise<Access> {
    this.#mayConnectTo(server);
    const { device, fetch } = this.#options;
    // The server parses it: what the person typed is not known to be of this shape before.
    const full = { ...input, device } as CommandInput<typeof command>;
    const signedIn = await callServer(fetch, server, command, full);
    return this.#of({ server, userId: signedIn.user.id }).keep(signedIn);
  }

  /**
   * An access token of the account that is good for at least this long; null when it is signed in no more. Rejects
   * with `unavailable` when the server cannot be reached, which ends nothing.
   */
  async access(account: Account, minValidMs: number): Promise<Access | null> {
    return this.#allows(account.server) ? this.#of(account).access(minValidMs) : null;
  }

  /** Signs the account out: at the server where it can be reached, on this device in any case. */
  close(account: Account): Promise<void> {
    return this.#of(account).close();
  }

  /** Looks after where the sessions are kept; to be called from time to time, and once the person has unlocked their keyring. */
  async settle(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.settle()));
  }

  #allows(server: string): boolean {
    const { onlyServer } = this.#options;
    return onlyServer === null || server === onlyServer;
  }

  #mayConnectTo(server: string): void {
    if (this.#allows(server)) return;
    const { onlyServer } = this.#options;
    const message = `Your organisation lets Parley connect to ${onlyServer} only.`;
    throw new ParleyError('forbidden', message, { reason: 'policy' });
  }

  #of({ server, userId }: Account): AccountSession {
    const account = { server, userId };
    const known = this.#sessions.get(keyOf(account));
    if (known) return known;
    const { vaultOf, fetch, now, onEnded, onKeeping } = this.#options;
    const session = new AccountSession(account, {
      vault: vaultOf(account, () => {
        onKeeping(account, 'wiped');
      }),
      fetch,
      now,
      onEnded: (reason) => {
        onEnded(account, reason);
      },
      onKeeping: (keeping) => {
        onKeeping(account, keeping);
      },
    });
    this.#sessions.set(keyOf(account), session);
    return session;
  }
}
