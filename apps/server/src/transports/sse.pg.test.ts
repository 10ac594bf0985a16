import { expect, it, vi } from 'vitest';
import { startTestServer } from '../../test/server.ts';
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
