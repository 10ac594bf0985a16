import { createServer } from '../app.ts';
import { createIdentity } from '../features/accounts/create-identity.ts';
import { announce, layFoundation, serverSettings, type Beginning } from './foundation.ts';
import { inOrder, type Running } from './in-order.ts';

/** The whole server in this process. */
export function startAlone(beginning: Beginning): Promise<Running> {
  return inOrder(async (stops) => {
    const { config } = beginning;
    const foundation = await layFoundation(beginning, stops);
    const server = createServer({
      ...serverSettings(beginning, foundation.setupToken),
      db: foundation.db,
      writes: foundation.writes,
      identity: await createIdentity({ dataDir: config.dataDir }),
    });
    stops.push(() => server.close());
    const address = await server.listen({ port: config.port, host: config.host });
    await announce(foundation, beginning, address);
    return {};
  });
}
