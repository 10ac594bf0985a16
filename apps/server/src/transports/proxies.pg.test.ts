import { afterEach, expect, it } from 'vitest';
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
