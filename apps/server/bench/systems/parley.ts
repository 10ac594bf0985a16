/** Parley as it is built: the bundle, on a fresh database and a fresh data folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from '@parley/shared/protocol/commands.ts';
import type { CommandInput, CommandName } from '@parley/shared/protocol/commands.ts';
import { createIdentity } from '../../src/features/accounts/create-identity.ts';
import type { Identity } from '../../src/features/accounts/identity.ts';
import { nodeArguments } from '../../src/processes/node-arguments.ts';
import type { Sink } from '../marker.ts';
import type { PrivatePostgres } from '../private-postgres.ts';
import { startPinned, takePort, waitForPort, type Started } from '../processes.ts';
import type { WorkspaceShape } from '../workloads/settings.ts';
import { inParallel } from '../workloads/room.ts';
import { ParleyClient } from './parley-client.ts';
import { appendMessages, fillWorkspace, writeAccounts, type Account } from './parley-workspace.ts';
import type {
  ChannelHandle,
  ChannelPlan,
  Client,
  Place,
  System,
  Traits,
  Visitor,
} from './system.ts';

const database = 'parley';
const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const setupToken = 'set-up-token-of-the-bench';
/** One load generator is many people: their posts must not run into a session's limit. */
const commandLimit = 1_000_000_000;
/** Access tokens live for ten minutes. */
const tokenFreshMs = 5 * 60_000;
/** The server takes this many people in one command. */
const mostUserIds = 1_000;

/** Builds the server as it is shipped. */
export function buildParley(): void {
  execFileSync('npm', ['run', '--silent', 'build', '-w', '@parley/server'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export class Parley implements System {
  readonly traits: Traits = {
    title: 'Parley, stored in Postgres before it is sent',
    workloads: ['W1', 'W2', 'W3', 'W4', 'W5', 'bootstrap'],
    echo: true,
    catchUp: true,
  };
  #server: Started | null = null;
  #place: Place | null = null;
  #identity: Identity | null = null;
  #port = 0;
  #owner: Account = { userId: '', sessionIds: [] };
  #accounts: Account[] = [];
  readonly #tokens = new Map<string, { token: string; signedAt: number }>();

  async start(place: Place): Promise<void> {
    this.#place = place;
    this.#port = await takePort();
    await place.postgres.makeDatabase(database);
    const dataDir = join(place.scratch, 'parley');
    rmSync(dataDir, { recursive: true, force: true });
    mkdirSync(dataDir, { mode: 0o711 });
    await this.#launch();
    this.#identity = await createIdentity({ dataDir });
    const owner = commands['server.setup'].output.parse(
      await this.#call(null, 'server.setup', {
        setupToken,
        workspaceName: 'Bench',
        username: 'owner',
        displayName: 'Owner',
        email: 'owner@example.com',
        password: 'a password of the bench',
        device: { name: 'Bench', platform: 'bench' },
      }),
    );
    this.#owner = { userId: owner.user.id, sessionIds: [owner.sessionId] };
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  serverPids(): number[] {
    return this.#server ? [this.#server.pid] : [];
  }

  databasePids(): number[] {
    return this.#place?.postgres.pids() ?? [];
  }

  async signUp(count: number): Promise<void> {
    await this.#whileStopped(async (postgres) => {
      this.#accounts = await writeAccounts(postgres.url(database), count);
      await postgres.run(database, 'analyze users, sessions');
    });
  }

  /** Through the server, as its people would, so that whatever it remembers is right. */
  createChannels(plans: readonly ChannelPlan[]): Promise<ChannelHandle[]> {
    return inParallel(plans.length, 10, async (index) => {
      const { name = '', members = [] } = plans[index] ?? {};
      const userIds = members.map((user) => this.#account(user).userId);
      const token = await this.#token(this.#owner, 0);
      const { channel } = commands['channel.create'].output.parse(
        await this.#call(token, 'channel.create', {
          kind: 'public',
          name,
          userIds: userIds.slice(0, mostUserIds),
        }),
      );
      for (let from = mostUserIds; from < userIds.length; from += mostUserIds) {
        const more = userIds.slice(from, from + mostUserIds);
        await this.#call(token, 'channel.addMembers', { channelId: channel.id, userIds: more });
      }
      return channel.id;
    });
  }

  async prepareSignIns(users: readonly number[], session: number): Promise<void> {
    await inParallel(users.length, 20, (index) =>
      this.#token(this.#account(users[index] ?? 0), session),
    );
  }

  async connect({ user, session, recipient, former }: Visitor, sink: Sink): Promise<Client> {
    const token = await this.#token(this.#account(user), session);
    const client = new ParleyClient(this.#port, recipient, sink);
    try {
      await client.enter(token, former instanceof ParleyClient ? former.cursor : null);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  async storedMessages(): Promise<number> {
    const query = `select count(*) from messages where kind = 'text'`;
    const [row] = await this.#running().postgres.run(database, query);
    return Number(row?.count);
  }

  async seed(channel: ChannelHandle, count: number): Promise<void> {
    const { postgres } = this.#running();
    await postgres.run(database, appendMessages(channel, count));
    await postgres.run(database, 'vacuum analyze messages');
    await postgres.run(database, 'checkpoint');
  }

  async seedWorkspace(shape: WorkspaceShape): Promise<void> {
    await this.#whileStopped(async (postgres) => {
      await postgres.run(database, fillWorkspace(shape));
      await postgres.run(database, 'vacuum analyze');
      await postgres.run(database, 'checkpoint');
    });
  }

  async #launch(): Promise<void> {
    const { scratch, postgres } = this.#running();
    this.#server = startPinned('parley', process.execPath, [...nodeArguments, entry], {
      logFile: join(scratch, 'parley.log'),
      environment: {
        NODE_ENV: 'production',
        DATABASE_URL: postgres.url(database),
        PARLEY_HOST: '127.0.0.1',
        PARLEY_PORT: String(this.#port),
        PARLEY_DATA: join(scratch, 'parley'),
        PARLEY_SETUP_TOKEN: setupToken,
        PARLEY_LOG_LEVEL: 'warn',
        PARLEY_COMMAND_LIMIT: String(commandLimit),
      },
    });
    await waitForPort(this.#port, this.#server);
  }

  /** The server must not remember what was otherwise before. */
  async #whileStopped(work: (postgres: PrivatePostgres) => Promise<void>): Promise<void> {
    await this.stop();
    await work(this.#running().postgres);
    await this.#launch();
  }

  async #token({ userId, sessionIds }: Account, session: number): Promise<string> {
    const sessionId = sessionIds[session];
    if (sessionId === undefined || !this.#identity) throw new Error('there is no such session');
    const known = this.#tokens.get(sessionId);
    const now = Date.now();
    if (known && now - known.signedAt < tokenFreshMs) return known.token;
    const { token } = await this.#identity.signAccessToken({ userId, sessionId });
    this.#tokens.set(sessionId, { token, signedAt: now });
    return token;
  }

  async #call<N extends CommandName>(
    token: string | null,
    name: N,
    input: CommandInput<N>,
  ): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${name}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(input),
    });
    if (response.ok) return response.json();
    throw new Error(`${name} was refused: ${response.status} ${await response.text()}`);
  }

  #account(user: number): Account {
    const account = this.#accounts[user];
    if (!account) throw new Error(`user ${user} has no account`);
    return account;
  }

  #running(): Place {
    if (!this.#place) throw new Error('not started');
    return this.#place;
  }
}
