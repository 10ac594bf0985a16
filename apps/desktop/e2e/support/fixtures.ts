import { test as base } from '@playwright/test';
import { RealServer } from '../../test/server.ts';

/** Every journey has a server of its own, as people run it, on an embedded database. */
export const test = base.extend<{ server: RealServer; otherServer: RealServer }>({
  // Playwright wants the fixtures that this one needs named by a pattern: none.
  // eslint-disable-next-line no-empty-pattern
  server: ({}, use) => aServer(use),
  // eslint-disable-next-line no-empty-pattern
  otherServer: ({}, use) => aServer(use),
});

async function aServer(use: (server: RealServer) => Promise<void>): Promise<void> {
  const server = await RealServer.start({ built: true });
  await use(server);
  await server.dispose();
}

export { expect } from '@playwright/test';
