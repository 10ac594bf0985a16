import { connect } from 'node:net';
import { expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../../test/server.ts';
import { LiveSession } from '../live/session.ts';

it('ends a stream that cannot be connected, and says so in the log alone', async () => {
  const world = await startTestServer();
  const printed = vi.spyOn(console, 'error');
  vi.spyOn(world.server.hub, 'connect').mockImplementationOnce((actor, outlet) => ({
    session: new LiveSession(actor, outlet),
    ready: Promise.reject(new Error('the database is away')),
  }));
  const response = await fetch(`${world.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${world.owner.accessToken}` },
  });
  expect(await response.text()).not.toContain('data:');
  expect(printed).not.toHaveBeenCalled();
  await world.close();
});

async function connectionsOf({ server }: TestServer): Promise<number> {
  const metrics = (await server.metrics()) as { name: string; values: { value: number }[] }[];
  return metrics.find(({ name }) => name === 'parley_connections')?.values[0]?.value ?? 0;
}

it('forgets somebody who left before the stream began', async () => {
  const world = await startTestServer();
  const { hub } = world.server;
  let letGo: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    vi.spyOn(hub, 'checkCursor').mockImplementationOnce(
      () =>
        new Promise((checked) => {
          letGo = checked;
          resolve();
        }),
    );
  });
  const connected = vi.spyOn(hub, 'connect');
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    'GET /api/v1/events HTTP/1.1\r\nHost: parley\r\nLast-Event-ID: 1\r\n' +
      `Authorization: Bearer ${world.owner.accessToken}\r\n\r\n`,
  );
  await asked;
  const connections = await connectionsOf(world);
  socket.resetAndDestroy();
  await vi.waitFor(async () => {
    expect(await connectionsOf(world)).toBeLessThan(connections);
  });
  letGo();
  await vi.waitFor(() => expect(connected).toHaveBeenCalledOnce());
  await vi.waitFor(() => expect(hub.sessionCount).toBe(0), { timeout: 5_000 });
  await world.close();
});
