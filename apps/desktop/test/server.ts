import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';

const entries = {
  source: fileURLToPath(new URL('../../server/src/main.ts', import.meta.url)),
  built: fileURLToPath(new URL('../../server/dist/main.js', import.meta.url)),
};
const readyWithinMs = 60_000;
const device = { name: 'Test device', platform: 'test' };

export const setupToken = 'set-up-token-for-tests';
export const password = 'a password for tests';

/** Calls a command over HTTP. Rejects with the ParleyError that the server sent. */
export async function call<N extends CommandName>(
  url: string,
  token: string | null,
  name: N,
  input: CommandInput<N>,
): Promise<CommandOutput<N>> {
  const response = await fetch(`${url}/api/v1/${name}`, {
    method: 'POST',
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(20_000),
  });
  const body: unknown = await response.json();
  // The schema that is found by this name is the one of this output.
  if (response.ok) return commands[name].output.parse(body) as CommandOutput<N>;
  const { detail } = body as { detail?: unknown };
  throw ParleyError.fromBody(ErrorBody.parse({ ...(body as object), message: detail }));
}

/** A server as people run it, with the embedded database in a folder of its own. */
export class RealServer {
  readonly dataDir: string;
  readonly #entry: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | null = null;
  #port = '0';
  url = '';

  private constructor(dataDir: string, entry: string, environment: Record<string, string>) {
    this.dataDir = dataDir;
    this.#entry = entry;
    this.#environment = environment;
  }

  /** Starts one on a free port, which later starts keep; from source, or as it was built. */
  static async start(
    options: { built?: boolean; environment?: Record<string, string> } = {},
  ): Promise<RealServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'parley-server-'));
    const { built = false, environment = {} } = options;
    const server = new RealServer(dataDir, built ? entries.built : entries.source, environment);
    await server.restart();
    return server;
  }

  /** Starts it again on the same port after `kill` or `stop`. */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, [this.#entry], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        PARLEY_LOG_LEVEL: 'warn',
        PARLEY_DATA: this.dataDir,
        PARLEY_PORT: this.#port,
        PARLEY_SETUP_TOKEN: setupToken,
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const complaints: string[] = [];
    child.stderr.on('data', (data: Buffer) => complaints.push(data.toString('utf8')));
    this.url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => {
        reject(new Error(`the server ${why}: ${complaints.join('')}`));
      };
      const overdue = setTimeout(() => {
        fail('was not ready in time');
      }, readyWithinMs);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const url = /^Parley is ready at (\S+)$/.exec(line)?.[1];
        if (url === undefined) return;
        clearTimeout(overdue);
        resolve(url);
      });
      child.once('exit', (code) => {
        clearTimeout(overdue);
        fail(`ended with ${code}`);
      });
    });
    this.#port = new URL(this.url).port;
  }

  /** The power cut: no handler of the server runs. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Stops it and deletes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Where somebody begins who sets the workspace up. */
  get setUpUrl(): string {
    return `${this.url}/?setup=${setupToken}`;
  }

  /** Signs somebody in at one more device; by itself the owner whom journeys have. */
  signIn(login = 'olive.owner'): Promise<SignedIn> {
    const elsewhere = { name: 'Elsewhere', platform: 'test' };
    return call(this.url, null, 'session.create', { login, password, device: elsewhere });
  }

  /** Makes the workspace with its owner. */
  setUp(): Promise<SignedIn> {
    return call(this.url, null, 'server.setup', {
      setupToken,
      workspaceName: 'Northwind',
      username: 'owner',
      displayName: 'Olive Owner',
      email: 'owner@example.com',
      password,
      device,
    });
  }

  /** Invites and registers somebody. */
  async register(
    owner: SignedIn,
    username: string,
    displayName: string,
    role: 'admin' | 'member' | 'guest' = 'member',
  ): Promise<SignedIn> {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const invitation = { role, maxUses: 1, expiresAt };
    const { invite } = await call(this.url, owner.accessToken, 'invite.create', invitation);
    const email = `${username}@example.com`;
    return call(this.url, null, 'account.register', {
      inviteCode: invite.code,
      username,
      displayName,
      email,
      password,
      device,
    });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    const isRunning = child?.exitCode === null && child.signalCode === null;
    if (!isRunning) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
