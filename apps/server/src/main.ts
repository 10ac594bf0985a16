import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino, type Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { createServer } from './app.ts';
import { ConfigError, parseConfig, type Config } from './config.ts';
import { migrateDatabase, openDatabase } from './database/client.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from './database/embedded.ts';
import { workspaces } from './database/schema.ts';
import { createIdentity } from './features/accounts/create-identity.ts';
import { keepPruned } from './jobs/keep-pruned.ts';
import { createLog } from './logging.ts';

/** The built renderer lies beside this app, seen from the source tree and from a build alike. */
const webAppDir = fileURLToPath(new URL('../../desktop/dist/renderer', import.meta.url));

type Running = { stop(): Promise<void> };

/** Starts everything in order; on failure what has been started is stopped again. */
async function start(config: Config, log: Logger): Promise<Running> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    // Passable, for the account that runs the database when we are root; each secret has a closed mode.
    await mkdir(config.dataDir, { recursive: true, mode: 0o711 });
    let databaseUrl = config.databaseUrl;
    if (databaseUrl === null) {
      const dataDir = join(config.dataDir, 'postgres');
      const embedded = await startEmbeddedPostgres({ dataDir, log });
      stops.push(() => embedded.stop());
      embedded.ended.catch((error: unknown) => {
        // Nothing can be drained without it; the next start recovers what was committed.
        log.fatal({ err: error }, 'the embedded database ended; the server ends with it');
        process.exit(1);
      });
      databaseUrl = embedded.url;
    }
    const client = openDatabase(databaseUrl);
    const { db } = client;
    stops.push(() => client.close());
    await migrateDatabase(db);
    const identity = await createIdentity({ dataDir: config.dataDir });
    const setupToken = config.setupToken ?? randomBytes(18).toString('base64url');
    const server = createServer({
      db,
      identity,
      log,
      webAppDir,
      publicUrl: config.publicUrl,
      limits: { perSession: config.commandLimit },
      settings: {
        serverVersion: manifest.version,
        registration: config.registration,
        setupToken,
      },
    });
    stops.push(keepPruned({ db, log }));
    stops.push(() => server.close());
    const address = await server.listen({ port: config.port, host: config.host });
    const url = config.publicUrl ?? address;
    process.stdout.write(`Parley is ready at ${url}\n`);
    const [workspace] = await db.select().from(workspaces).limit(1);
    if (!workspace) process.stdout.write(`Set up your workspace: ${url}?setup=${setupToken}\n`);
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What to tell the person who started the server; null for a bug, which deserves its stack trace. */
function explain(error: unknown, config: Config | null): string | null {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message;
  const code = codeOf(error);
  if (code === 'EADDRINUSE' && config) {
    return `Port ${config.port} is taken. Stop what uses it, or choose another with PARLEY_PORT.`;
  }
  if (code === 'EACCES' && config) {
    return `Not allowed to listen on port ${config.port} or to write to ${config.dataDir}.`;
  }
  if (code === 'ECONNREFUSED' && config?.databaseUrl) {
    return 'The database at DATABASE_URL refuses connections. Is it running?';
  }
  if (config?.databaseUrl && code !== null && code in databaseTroubles) {
    return `The database at DATABASE_URL cannot be used: ${databaseTroubles[code]}`;
  }
  return null;
}

const databaseTroubles: Record<string, string | undefined> = {
  ENOTFOUND: 'there is no server of this name.',
  CONNECT_TIMEOUT: 'the server does not answer.',
  '28P01': 'it does not know this user with this password.',
  '28000': 'it does not let this user in.',
  '3D000': 'there is no database of this name.',
  '42501': 'this user may not make tables in it.',
};

/** The code of an error or, where a query failed, of what made it fail. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return 'code' in error ? String(error.code) : codeOf(error.cause);
}

async function main(): Promise<void> {
  let config: Config | null = null;
  try {
    config = parseConfig();
    // Standard output carries the lines that scripts rely on; the log goes to standard error.
    const log = createLog(config.logLevel, pino.destination(2));
    const starting = start(config, log);
    let ending = false;
    const end = () => {
      if (ending) return;
      ending = true;
      const overdue = setTimeout(() => process.exit(1), 15_000);
      starting
        .then((running) => running.stop())
        .then(
          () => {
            clearTimeout(overdue);
            process.exit(0);
          },
          (error: unknown) => {
            log.fatal({ err: error }, 'the server could not be stopped in order');
            process.exit(1);
          },
        );
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    if (config.endsWithParent) {
      process.stdin.on('end', end).on('error', end).resume();
    }
    await starting;
  } catch (error) {
    const explanation = explain(error, config);
    if (explanation === null) throw error;
    process.stderr.write(`${explanation}\n`);
    // Not by itself: the parent may go on holding our standard input open.
    process.exit(1);
  }
}

await main();
