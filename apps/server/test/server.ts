import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { createServer, type ParleyServer, type ServerDeps } from '../src/app.ts';
import { openDatabase, type Database } from '../src/database/client.ts';
import { createIdentity } from '../src/features/accounts/create-identity.ts';
import type { Identity } from '../src/features/accounts/identity.ts';
import { createTestDatabase } from './postgres.ts';
import { testSettings } from './settings.ts';

const password = 'a password for tests';
const device = { name: 'Test device', platform: 'test' };

export type TestServer = {
  url: string;
  db: Database;
  server: ParleyServer;
  identity: Identity;
  /** Where its files are, unless the test has said another place. */
  filesFolder: string;
  owner: SignedIn;
  /** Registers somebody by an invite of the owner. */
  register(username: string, role?: 'admin' | 'member' | 'guest'): Promise<SignedIn>;
  close(): Promise<void>;
};

/** Calls a command over HTTP, as any program would. Rejects with the ParleyError that the server sent. */
export async function call<N extends CommandName>(
  url: string,
  token: string | null,
  name: N,
  input: CommandInput<N>,
): Promise<CommandOutput<N>> {
  const response = await fetch(`${url}/api/v1/${name}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(20_000),
  });
  const body: unknown = await response.json();
  if (response.ok) {
    // The schema found by this name is the one of this output.
    return commands[name].output.parse(body) as CommandOutput<N>;
  }
  const problem = body as { detail?: unknown };
  throw ParleyError.fromBody(ErrorBody.parse({ ...problem, message: problem.detail }));
}

/** Invites somebody by the owner's hand and registers them. */
export async function register(
  url: string,
  owner: SignedIn,
  username: string,
  role: 'admin' | 'member' | 'guest' = 'member',
): Promise<SignedIn> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const invitation = { role, maxUses: 1, expiresAt };
  const { invite } = await call(url, owner.accessToken, 'invite.create', invitation);
  return call(url, null, 'account.register', {
    inviteCode: invite.code,
    username,
    displayName: `${username} of Northwind`,
    email: `${username}@example.com`,
    password,
    device,
  });
}

/** A whole server on a database of its own, on a free port, with its owner signed in. */
export async function startTestServer(deps: Partial<ServerDeps> = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-server-'));
  const client = openDatabase(database.url);
  const log = pino({ level: process.env.PARLEY_TEST_LOG ?? 'silent' });
  const identity = await createIdentity({ dataDir });
  const server = createServer({
    db: client.db,
    // Another database of the caller's has its own.
    ...(!deps.db && { writes: client.writes }),
    identity,
    log,
    settings: { ...testSettings, files: { folder: join(dataDir, 'files'), maxBytes: 2 ** 30 } },
    limits: { perAddress: 100_000, perSession: 1_000_000 },
    ...deps,
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const owner = await call(url, null, 'server.setup', {
    setupToken: testSettings.setupToken,
    workspaceName: 'Northwind',
    username: 'owner',
    displayName: 'Olive Owner',
    email: 'owner@example.com',
    password,
    device,
  });
  return {
    url,
    db: client.db,
    server,
    identity,
    filesFolder: join(dataDir, 'files'),
    owner,
    register: (username, role) => register(url, owner, username, role),
    async close() {
      await server.close();
      await client.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
