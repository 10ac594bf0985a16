import { createServer } from '../app.ts';
import { createProcessBus } from '../bus/processes.ts';
import { openDatabase } from '../database/client.ts';
import { createIdentity } from '../features/accounts/create-identity.ts';
import type { PrimaryLink } from '../processes/primary-link.ts';
import { shareOf } from '../transports/strangers.ts';
import { serverSettings, type Beginning } from './foundation.ts';
import { inOrder, type Running } from './in-order.ts';

/** Connections to the database of all workers together, and the least that one needs. */
const allConnections = 32;
const minConnections = 4;
const maxConnections = 10;

function connectionsOf(count: number): number {
  const share = Math.floor(allConnections / count);
  return Math.max(minConnections, Math.min(maxConnections, share));
}

/** One of several processes that serve: on the primary's port, database and counts. */
export function startWorker(beginning: Beginning, primary: PrimaryLink): Promise<Running> {
  return inOrder(async (stops) => {
    const { config, log } = beginning;
    const { databaseUrl, setupToken, signer, number, count } = await primary.given;
    const client = openDatabase(databaseUrl, { maxConnections: connectionsOf(count) });
    stops.push(() => client.close());
    const { signInCounts, addressLimit, metrics } = primary;
    const server = createServer({
      ...serverSettings(beginning, setupToken),
      db: client.db,
      writes: client.writes,
      identity: await createIdentity({
        dataDir: config.dataDir,
        shared: { processes: count, signer, signInCounts },
      }),
      bus: createProcessBus(primary.hints, () => {
        log.warn({ worker: number }, 'the primary process does not read: hints are dropped');
      }),
      strangerLimits: shareOf(count),
      siblings: { number, addressLimit, metrics },
    });
    stops.push(() => server.close());
    const address = await server.listen({ port: config.port, host: config.host });
    primary.ready(address, server.metrics);
    return {};
  });
}
