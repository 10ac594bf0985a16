import { randomUUID } from 'node:crypto';
import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import type { Access, CallInput } from '../bridge/bridge.ts';
import type { SessionVault, StoredSession } from './session-vault.ts';

const deadlineMs = 10_000;

/** What a person recognises this device by in their list of sessions. */
export type Device = { name: string; platform: string };

export type SignInOptions = {
  vault: SessionVault;
  device: Device;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  now: () => number;
  /** The session is over: signed out elsewhere, revoked, or too long away. */
  onEnded: (reason: string) => void;
};

/** Runs one command over HTTP. Rejects with a ParleyError: `unavailable` when the server cannot be reached. */
async function call<N extends CommandName>(
  options: SignInOptions,
  server: string,
  name: N,
  input: CommandInput<N>,
  accessToken?: string,
): Promise<CommandOutput<N>> {
  let response: Response;
  let body: unknown;
  try {
    response = await options.fetch(`${server}/api/v1/${name}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify(input),
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
    });
    body = await response.json();
  } catch (error) {
    throw new ParleyError('unavailable', 'The server cannot be reached.', { cause: error });
  }
  if (!response.ok) {
    const { detail } = body as { detail?: unknown };
    const problem = ErrorBody.safeParse({ ...(body as object), message: detail });
    if (problem.success) throw ParleyError.fromBody(problem.data);
    throw new ParleyError('unavailable', 'This is not a Parley server.', { reason: 'not_parley' });
  }
  const output = commands[name].output.safeParse(body);
  if (!output.success) {
    throw new ParleyError('unavailable', 'This is not a Parley server.', { reason: 'not_parley' });
  }
  // The schema found by this name is the one of this output.
  return output.data as CommandOutput<N>;
}

/** Signs in and keeps the session: the one place in the app that ever holds a refresh token. */
export class SignIn {
  readonly #options: SignInOptions;
  #access: Access | null = null;
  #refreshing: Promise<Access | null> | null = null;
  /** What was begun last: one at a time, or a refresh would keep its token after a sign-out. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** The server that somebody is signed in to, as far as that is known. */
  get server(): string | null {
    return this.#access?.server ?? null;
  }

  checkServer(server: string): Promise<CommandOutput<'server.info'>> {
    return call(this.#options, server, 'server.info', {});
  }

  open({ server, command, input }: CallInput<'session.open'>): Promise<Access> {
    // The server parses it: what the person typed is not known to be of this shape before.
    const full = { ...input, device: this.#options.device } as CommandInput<typeof command>;
    return this.#inTurn(async () =>
      this.#keep(server, await call(this.#options, server, command, full)),
    );
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

  /** Signs out: at the server where it can be reached, on this device in any case. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const { vault } = this.#options;
      const held = this.#held(0);
      const stored = held ? null : await vault.load();
      this.#access = null;
      await vault.clear();
      try {
        if (held) await this.#end(held.server, held.accessToken);
        else if (stored) {
          const { server } = stored;
          // The access token has expired, as after a sleep: another one is needed to say that this ends.
          const { accessToken } = await this.#exchange(stored, stored.nonce ?? randomUUID());
          await this.#end(server, accessToken);
        }
      } catch (error) {
        // Unreachable: the token is gone from here, and ends by itself there.
        if (!(error instanceof ParleyError)) throw error;
      }
    });
  }

  async #end(server: string, accessToken: string): Promise<void> {
    await call(this.#options, server, 'session.end', {}, accessToken);
  }

  #exchange({ server, refreshToken }: StoredSession, nonce: string): Promise<SignedIn> {
    return call(this.#options, server, 'session.refresh', { refreshToken, nonce });
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
    const stored = await vault.load();
    if (!stored) return null;
    // Kept before the call: if its answer is lost, the same attempt can be made again.
    const nonce = stored.nonce ?? randomUUID();
    if (stored.nonce === null) await vault.save({ ...stored, nonce });
    try {
      return await this.#keep(stored.server, await this.#exchange(stored, nonce));
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== 'unauthenticated') throw error;
      this.#access = null;
      await vault.clear();
      this.#options.onEnded(error.reason ?? 'ended');
      return null;
    }
  }

  async #keep(server: string, signedIn: SignedIn): Promise<Access> {
    const { vault } = this.#options;
    const { sessionId, refreshToken, user, accessToken, accessTokenExpiresAt } = signedIn;
    await vault.save({ server, sessionId, userId: user.id, refreshToken, nonce: null });
    this.#access = {
      server,
      sessionId,
      userId: user.id,
      accessToken,
      accessTokenExpiresAt,
      protectedBy: vault.protection,
    };
    return this.#access;
  }
}
