import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { createTestDatabase } from './postgres.ts';
import { call, register } from './server.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const setupToken = 'set-up-token-for-tests';
export const password = 'a password for tests';
export const device = { name: 'Test device', platform: 'test' };

/** What the server says of itself at a moment. */
export type Metrics = {
  /** A sample by its name and labels as they are written, such as `parley_sessions`; 0 for one that is not there. */
  value(sample: string): number;
  text: string;
};

/** A server in a process of its own, whose memory can be seen, with its owner signed in. */
export type ProcessWorld = {
  url: string;
  databaseUrl: string;
  server: ServerProcess;
  owner: SignedIn;
  register(username: string, role?: 'member' | 'guest'): Promise<SignedIn>;
  metrics(): Promise<Metrics>;
  close(): Promise<void>;
};

export async function readMetrics(url: string): Promise<Metrics> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(20_000) });
  const text = await response.text();
  return {
    text,
    value: (sample) => {
      const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
      return line === undefined ? 0 : Number(line.slice(sample.length + 1));
    },
  };
}

export async function startProcessWorld(
  environment: Record<string, string> = {},
): Promise<ProcessWorld> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-world-'));
  const server = await startServerProcess({
    DATABASE_URL: database.url,
    PARLEY_DATA: dataDir,
    PARLEY_PORT: '0',
    PARLEY_SETUP_TOKEN: setupToken,
    ...environment,
  });
  const { url } = server;
  const owner = await call(url, null, 'server.setup', {
    setupToken,
    workspaceName: 'Northwind',
    username: 'owner',
    displayName: 'Olive Owner',
    email: 'owner@example.com',
    password,
    device,
  });
  return {
    url,
    databaseUrl: database.url,
    server,
    owner,
    register: (username, role) => register(url, owner, username, role),
    metrics: () => readMetrics(url),
    async close() {
      await server.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
