import type { AskSessionBus } from './session-bus.ts';

/**
 * How the keyring is at this moment: `missing`: it serves, and nothing has been set up to keep secrets in; `away`: it
 * is not there, or does not answer; `unknown`: this system cannot tell before it is tried.
 */
export type KeyringState = 'open' | 'locked' | 'missing' | 'away' | 'unknown';

/** The keyring cannot be used now. What is in it is not lost. */
export class KeyringUnavailable extends Error {
  override readonly name = 'KeyringUnavailable';
  readonly why: 'locked' | 'away';

  constructor(why: 'locked' | 'away', message: string) {
    super(message);
    this.why = why;
  }
}

/** The part of keytar that is used. */
export type Keytar = {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
  /** Gives up what is under way, and meets the service afresh; where that is possible. */
  reset?(): void;
};

/** Starting the service takes a moment. */
const askWithinMs = 5_000;

/**
 * Asks the Secret Service of Linux (https://specifications.freedesktop.org/secret-service-spec/) whether its default
 * collection is locked, which makes no window appear, as reading from it would.
 */
export async function askKeyringState(
  platform: NodeJS.Platform,
  ask: AskSessionBus,
): Promise<KeyringState> {
  if (platform !== 'linux') return 'unknown';
  try {
    const answer = await ask({
      destination: 'org.freedesktop.secrets',
      path: '/org/freedesktop/secrets/aliases/default',
      member: 'org.freedesktop.DBus.Properties.Get',
      args: ['org.freedesktop.Secret.Collection', 'Locked'],
      withinMs: askWithinMs,
    });
    return /\btrue\b/.test(answer) ? 'locked' : 'open';
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    // Without the tool that asks there is no telling.
    if (/\bENOENT\b/.test(text)) return 'unknown';
    return /UnknownMethod|UnknownObject|NoSuchObject/.test(text) ? 'missing' : 'away';
  }
}

/** The system shows a window for a password: so long somebody has to type it. */
const promptedWithinMs = 30_000;
const withinMs = 5_000;

export type KeyringOptions = {
  keytar: Keytar;
  state: () => Promise<KeyringState>;
  deadlines?: { promptedMs: number; usualMs: number };
};

/**
 * The keychain, with manners. One call is under way at a time: a service that hangs may hold a thread for each. And a
 * person who has closed the window that asks for their password is not asked again before they want it.
 */
export class Keyring implements Keytar {
  readonly #options: KeyringOptions;
  readonly #deadlines: { promptedMs: number; usualMs: number };
  #mayPrompt = true;
  #turn: Promise<unknown> = Promise.resolve();
  /** A call that was given up and has not come back. */
  #isStuck = false;

  constructor(options: KeyringOptions) {
    this.#options = options;
    this.#deadlines = options.deadlines ?? { promptedMs: promptedWithinMs, usualMs: withinMs };
  }

  /** The person wants it: the system may ask for their password once more. */
  letPrompt(): void {
    this.#mayPrompt = true;
  }

  /** Rejects with KeyringUnavailable, as the others do, also where the person did not unlock it. */
  getPassword(service: string, account: string): Promise<string | null> {
    return this.#inTurn('read', async () => {
      const found = await this.#options.keytar.getPassword(service, account);
      // A locked one that was not opened has nothing to say, which is not that there is nothing.
      if (found === null) await this.#assertOpen();
      return found;
    });
  }

  setPassword(service: string, account: string, password: string): Promise<void> {
    return this.#inTurn('write', () =>
      this.#options.keytar.setPassword(service, account, password),
    );
  }

  deletePassword(service: string, account: string): Promise<boolean> {
    return this.#inTurn('delete', async () => {
      const deleted = await this.#options.keytar.deletePassword(service, account);
      if (!deleted) await this.#assertOpen();
      return deleted;
    });
  }

  async #assertOpen(): Promise<void> {
    if ((await this.#options.state()) === 'locked') throw locked();
  }

  #inTurn<T>(kind: 'read' | 'write' | 'delete', work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#run(kind, work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #run<T>(kind: 'read' | 'write' | 'delete', work: () => Promise<T>): Promise<T> {
    if (this.#isStuck) throw away('The keyring has not answered yet.');
    const state = await this.#options.state();
    if (state === 'away') throw away('There is no keyring.');
    const prompts = state === 'locked' || (state === 'missing' && kind === 'write');
    if (prompts || state === 'unknown') {
      if (!this.#mayPrompt) throw state === 'unknown' ? away('The keyring refused.') : locked();
      this.#mayPrompt = state === 'unknown';
    }
    const isPatient = prompts || state === 'unknown';
    const { keytar } = this.#options;
    try {
      return await this.#within(isPatient ? 'promptedMs' : 'usualMs', work);
    } catch (error) {
      if (state === 'open' && keytar.reset) {
        // The service may have been started anew since it was met.
        keytar.reset();
        return this.#within('usualMs', work);
      }
      if (state === 'unknown') this.#mayPrompt = false;
      if (prompts) throw locked();
      throw error;
    }
  }

  async #within<T>(deadline: 'promptedMs' | 'usualMs', work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const { keytar } = this.#options;
        if (keytar.reset) keytar.reset();
        else this.#isStuck = true;
        reject(away('The keyring did not answer in time.'));
      }, this.#deadlines[deadline]);
    });
    const answer = work().finally(() => {
      this.#isStuck = false;
    });
    try {
      return await Promise.race([answer, overdue]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function locked(): KeyringUnavailable {
  return new KeyringUnavailable('locked', 'The keyring is locked.');
}

function away(message: string): KeyringUnavailable {
  return new KeyringUnavailable('away', message);
}
