import { test as base } from '@playwright/test';
import { RealServer } from '../../test/server.ts';

type Use = (server: RealServer) => Promise<void>;

// Playwright wants the fixtures that this one needs named by a pattern: none.
// eslint-disable-next-line no-empty-pattern
async function ownServer({}, use: Use): Promise<void> {
  const server = await RealServer.start({ built: true });
  await use(server);
  await server.dispose();
}

/** Every journey has a server of its own, as people run it, on an embedded database; those that ask for it a second. */
export const test = base.extend<{ server: RealServer; otherServer: RealServer }>({
  server: ownServer,
  otherServer: ownServer,
});

/** Marks journeys in which something has to be done within a second or two: nothing else runs beside them. */
export const timed = { tag: '@timed' };

export { expect } from '@playwright/test';
