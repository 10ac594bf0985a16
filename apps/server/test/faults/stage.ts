import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call } from '../server.ts';
import { peopleCount } from './plan.ts';
import { PostgresHost } from './postgres-host.ts';
import { ServerHost, setupToken } from './server-host.ts';

const password = 'a password for tests';
const device = { name: 'Test device', platform: 'test' };

/** Where the episodes take place: a Postgres, a server and a workspace with an owner, members and a guest. */
export type Stage = {
  postgres: PostgresHost;
  server: ServerHost;
  /** One session for each client; those of one person are devices of their own. */
  sessions: SignedIn[];
  close(): Promise<void>;
};

export async function openStage(clientCount: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-faults-'));
  // Passable for the account that Postgres runs as when the tests run as root.
  await chmod(folder, 0o711);
  const postgres = await PostgresHost.start(join(folder, 'postgres'));
  const server = await ServerHost.start(postgres, join(folder, 'server'));
  return {
    postgres,
    server,
    sessions: await signIn(server.url, clientCount),
    close: async () => {
      await server.stop();
      await postgres.stop();
      // A process that was killed may still be writing its last file.
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function signIn(url: string, clientCount: number): Promise<SignedIn[]> {
  const person = (name: string) => ({
    ...{ username: name, displayName: name, email: `${name}@example.com`, password, device },
  });
  const owner = await call(url, null, 'server.setup', {
    setupToken,
    workspaceName: 'Northwind',
    ...person('person0'),
  });
  const sessions = [owner];
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  for (let n = 1; n < peopleCount; n += 1) {
    const role = n === peopleCount - 1 ? 'guest' : 'member';
    const invitation = { role, maxUses: 1, expiresAt } as const;
    const { invite } = await call(url, owner.accessToken, 'invite.create', invitation);
    const newcomer = { inviteCode: invite.code, ...person(`person${n}`) };
    sessions.push(await call(url, null, 'account.register', newcomer));
  }
  for (let n = peopleCount; n < clientCount; n += 1) {
    const login = { login: `person${n % peopleCount}`, password, device };
    sessions.push(await call(url, null, 'session.create', login));
  }
  return sessions;
}

/** New access tokens, for the old ones live for minutes only. */
export async function refreshSessions(stage: Stage): Promise<void> {
  for (const [index, { refreshToken }] of stage.sessions.entries()) {
    stage.sessions[index] = await call(stage.server.url, null, 'session.refresh', { refreshToken });
  }
}
