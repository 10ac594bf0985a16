import { collectDefaultMetrics, Registry } from 'prom-client';
import { createAddressLimit } from '../commands/limits.ts';
import { prepareKeys } from '../features/accounts/create-identity.ts';
import { createSignInCounts } from '../features/accounts/sign-in-limits.ts';
import { forkWorker } from '../processes/fork.ts';
import { Workers } from '../processes/workers.ts';
import { announce, layFoundation, type Beginning } from './foundation.ts';
import { inOrder, type Running } from './in-order.ts';

/** It migrates, prunes and says what is to be said; people are served by the workers. */
const maxConnections = 2;

/** The process above the workers: it holds the database, the port, and what is counted for all of them. */
export function startPrimary(beginning: Beginning): Promise<Running> {
  return inOrder(async (stops) => {
    const { config, log } = beginning;
    const foundation = await layFoundation(beginning, stops, maxConnections);
    const { databaseUrl, setupToken } = foundation;
    const signer = await prepareKeys(config.dataDir);
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const workers = new Workers({
      count: config.workers,
      given: { databaseUrl, setupToken, signer },
      log,
      signInCounts: createSignInCounts(),
      addressLimit: createAddressLimit(),
      ownMetrics: () => registry.getMetricsAsJSON(),
      fork: forkWorker,
    });
    stops.push(() => workers.stop());
    const address = await workers.start();
    await announce(foundation, beginning, address);
    return { givenUp: workers.givenUp };
  });
}
