import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import manifest from '../../package.json' with { type: 'json' };
import type { ServerDeps } from '../app.ts';
import type { Config } from '../config.ts';
import { migrateDatabase, openDatabase, type Database } from '../database/client.ts';
import { startEmbeddedPostgres } from '../database/embedded.ts';
import { workspaces } from '../database/schema.ts';
import { FileFolder } from '../files/folder.ts';
import { keepPruned } from '../jobs/keep-pruned.ts';

/** What every process of the server begins with. */
export type Beginning = {
  config: Config;
  log: Logger;
  /** The built renderer. */
  webAppDir: string;
};

/** What the whole server stands on, however many processes serve. */
export type Foundation = {
  databaseUrl: string;
  db: Database;
  writes: Database;
  setupToken: string;
};

/** The data folder, the database with the newest schema, and work that is done once: all but serving. */
export async function layFoundation(
  { config, log }: Beginning,
  stops: (() => Promise<void> | void)[],
  maxConnections?: number,
): Promise<Foundation> {
  // Passable, for the account that runs the database when we are root; each secret has a closed mode.
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 });
  let { databaseUrl } = config;
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
  const client = openDatabase(databaseUrl, { ...(maxConnections && { maxConnections }) });
  stops.push(() => client.close());
  await migrateDatabase(client.db);
  stops.push(keepPruned({ db: client.db, files: new FileFolder(config.files.folder), log }));
  const setupToken = config.setupToken ?? randomBytes(18).toString('base64url');
  return { databaseUrl, db: client.db, writes: client.writes, setupToken };
}

/** What the settings say of the part that serves. */
export function serverSettings(
  { config, log, webAppDir }: Beginning,
  setupToken: string,
): Pick<
  ServerDeps,
  'log' | 'webAppDir' | 'dictionariesDir' | 'publicUrl' | 'limits' | 'trustedProxies' | 'settings'
> {
  return {
    log,
    webAppDir,
    dictionariesDir: config.dictionariesDir,
    publicUrl: config.publicUrl,
    limits: { perSession: config.commandLimit },
    trustedProxies: config.trustedProxies,
    settings: {
      serverVersion: manifest.version,
      registration: config.registration,
      setupToken,
      updates: config.updates,
      files: config.files,
    },
  };
}

/** Tells, on standard output, where Parley is and, until there is an owner, where to set it up. */
export async function announce(
  { db, setupToken }: Foundation,
  { config }: Beginning,
  address: string,
): Promise<void> {
  const url = config.publicUrl ?? address;
  process.stdout.write(`Parley is ready at ${url}\n`);
  const [workspace] = await db.select().from(workspaces).limit(1);
  if (!workspace) process.stdout.write(`Set up your workspace: ${url}?setup=${setupToken}\n`);
}
