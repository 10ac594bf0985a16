/** A process that starts the embedded Postgres, tells its address, and stays until it is killed. */
import { startEmbeddedPostgres } from '../src/database/embedded.ts';

const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('usage: embedded-parent.ts <data folder>');
const log = { info: (): void => undefined, warn: (): void => undefined };
const server = await startEmbeddedPostgres({ dataDir, log, durable: false });
process.on('SIGINT', () => process.stdout.write('interrupted\n'));
process.on('SIGTERM', () => {
  void server.stop().then(() => process.exit(0));
});
process.stdout.write(`${server.url}\n`);
