import { afterEach, describe, expect, it } from 'vitest';
import { connectSocketIo, connectWebSocket } from '../../test/clients.ts';
import { startTestServer, type TestServer } from '../../test/server.ts';

let server: TestServer;
afterEach(() => server.close());

/** Asks without signing in, as a proxy does for `client`. */
async function ask(client: string): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/server.info`, {
    method: 'POST',
    headers: { 'x-forwarded-for': client },
    body: '{}',
  });
  await response.arrayBuffer();
  return response.status;
}

/** The same for an update of the desktop app. */
async function askForUpdate(client: string): Promise<number> {
  const response = await fetch(`${server.url}/updates/files/none/none`, {
    headers: { 'x-forwarded-for': client },
  });
  await response.arrayBuffer();
  return response.status;
}

it('limits each client of a trusted proxy by itself', async () => {
  server = await startTestServer({
    limits: { perAddress: 3 },
    trustedProxies: ['127.0.0.0/8'],
  });
  for (const client of ['203.0.113.1', '203.0.113.2', '2001:db8::1']) {
    expect([await ask(client), await ask(client), await ask(client)]).toEqual([200, 200, 200]);
    expect(await ask(client)).toBe(429);
    expect(await askForUpdate(client)).toBe(429);
  }
  expect(await askForUpdate('203.0.113.3')).toBe(404);
});

it('believes nobody else, whatever they say', async () => {
  server = await startTestServer({ limits: { perAddress: 3 }, trustedProxies: ['10.0.0.0/8'] });
  const statuses: number[] = [];
  for (const n of [1, 2, 3, 4]) statuses.push(await ask(`203.0.113.${n}`));
  expect(statuses).toContain(429);
});

/** Guesses a password as one client of a proxy does, over one connection; resolves to what it was told each time. */
type Guess = (client: string, guesses: number) => Promise<string[]>;

const guess = {
  login: 'owner',
  password: 'not the password',
  device: { name: 'Elsewhere', platform: 'test' },
};

const overSockets =
  (
    connect: (
      url: string,
      token: string,
      headers: Record<string, string>,
    ) => ReturnType<typeof connectSocketIo>,
  ): Guess =>
  async (client, guesses) => {
    const headers = { 'x-forwarded-for': client };
    const connection = await connect(server.url, server.owner.accessToken, headers);
    const told: string[] = [];
    for (let n = 0; n < guesses; n += 1) {
      const reply = await connection.command('session.create', guess);
      told.push(reply.ok ? 'ok' : reply.error.code);
    }
    connection.close();
    return told;
  };

const overWebSession: Guess = async (client, guesses) => {
  const told: string[] = [];
  for (let n = 0; n < guesses; n += 1) {
    const response = await fetch(`${server.url}/web/session/open`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': client },
      body: JSON.stringify({ command: 'session.create', input: guess }),
    });
    told.push(((await response.json()) as { code: string }).code);
  }
  return told;
};

describe.each<[string, Guess]>([
  ['Socket.IO', overSockets((url, token, headers) => connectSocketIo(url, token, {}, headers))],
  [
    'a WebSocket',
    overSockets((url, token, headers) => connectWebSocket(url, token, {}, 'frame', headers)),
  ],
  ['the web session', overWebSession],
])('over %s', (_name, ask) => {
  it('lets who guesses passwords behind a proxy keep nobody else out', async () => {
    server = await startTestServer({ trustedProxies: ['127.0.0.0/8'] });
    const told = await ask('203.0.113.1', 11);
    expect(told).toEqual([...Array.from({ length: 10 }, () => 'unauthenticated'), 'rate_limited']);
    expect(await ask('203.0.113.2', 1)).toEqual(['unauthenticated']);
  });
});
