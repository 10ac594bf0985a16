import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PublicKey } from '@parley/shared/updates/manifest.ts';
import { isNetwork } from './transports/proxies.ts';

/** The most processes that the server begins by itself; whoever knows the machine may ask for more. */
const maxWorkersByDefault = 4;

/** As much as one person may have that is not sent. */
export const largestFileBytes = 10 * 2 ** 30;

const empty = (value: unknown) => (value === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(empty, schema.optional());
const url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `must be a URL such as ${example}` });

const Environment = z.object({
  PARLEY_PORT: z.preprocess(
    empty,
    z.coerce
      .number({ error: 'must be a port number' })
      .int({ error: 'must be a whole number' })
      .min(0, { error: 'must be 0 (any free port) to 65535' })
      .max(65_535, { error: 'must be 0 (any free port) to 65535' })
      .default(4100),
  ),
  PARLEY_HOST: z.preprocess(empty, z.string().default('127.0.0.1')),
  PARLEY_DATA: z.preprocess(empty, z.string().default('.parley')),
  PARLEY_UPDATES: optional(z.string()),
  PARLEY_UPDATE_KEYS: z.preprocess(
    (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value),
    z
      .array(PublicKey, { error: 'must be Ed25519 public keys in base64' })
      .max(8, { error: 'must be at most 8 keys' })
      .default([]),
  ),
  PARLEY_DICTIONARIES: optional(z.string()),
  PARLEY_MAX_FILE_BYTES: z.preprocess(
    empty,
    z.coerce
      .number({ error: 'must be a number of bytes' })
      .int({ error: 'must be a whole number' })
      .min(0, { error: 'must be at least 0 (no files)' })
      .max(largestFileBytes, { error: `must be at most ${largestFileBytes} (10 GiB)` })
      .default(2 ** 30),
  ),
  DATABASE_URL: optional(url(/^postgres(ql)?$/, 'postgres://parley:secret@db.example.com/parley')),
  PARLEY_PUBLIC_URL: optional(url(/^https?$/, 'https://chat.example.com')),
  PARLEY_SETUP_TOKEN: optional(
    z.string().min(8, { error: 'must have at least 8 characters' }).max(256),
  ),
  PARLEY_REGISTRATION: z.preprocess(
    empty,
    z
      .enum(['invite', 'open', 'closed'], { error: 'must be invite, open or closed' })
      .default('invite'),
  ),
  PARLEY_COMMAND_LIMIT: z.preprocess(
    empty,
    z.coerce
      .number({ error: 'must be a number of commands' })
      .int({ error: 'must be a whole number' })
      .min(1, { error: 'must be at least 1' })
      .default(6_000),
  ),
  PARLEY_TRUSTED_PROXIES: z.preprocess(
    (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value),
    z
      .array(z.string())
      .max(64, { error: 'must be at most 64 addresses and networks' })
      .refine((list) => list.every(isNetwork), {
        error: 'must be addresses or networks, such as 127.0.0.1, 10.0.0.0/8',
      })
      .default([]),
  ),
  PARLEY_WORKERS: optional(
    z.coerce
      .number({ error: 'must be a number of processes' })
      .int({ error: 'must be a whole number' })
      .min(1, { error: 'must be at least 1' })
      .max(64, { error: 'must be at most 64' }),
  ),
  PARLEY_LOG_LEVEL: z.preprocess(
    empty,
    z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        error: 'must be fatal, error, warn, info, debug, trace or silent',
      })
      .default('info'),
  ),
});

/** Where releases of the desktop app are published from. */
export type UpdateSettings = {
  /** The feed's folder on this machine. */
  folder: string;
  /** Ed25519 public keys in base64, one of which must have signed what is published; none: whoever has. */
  keys: string[];
};

/** What people may upload, and where it is kept. */
export type FileSettings = {
  folder: string;
  /** Of one file; 0: none may be uploaded. */
  maxBytes: number;
};

export type Config = {
  port: number;
  host: string;
  dataDir: string;
  /** Where the dictionaries for spell-checking are. */
  dictionariesDir: string;
  /** Null: the embedded database in the data folder. */
  databaseUrl: string | null;
  publicUrl: string | null;
  /** Null: made at start and printed. */
  setupToken: string | null;
  registration: 'invite' | 'open' | 'closed';
  logLevel: z.infer<typeof Environment>['PARLEY_LOG_LEVEL'];
  /** Commands that one session may give in ten seconds. */
  commandLimit: number;
  /** Addresses and networks of reverse proxies that are believed where they say for whom they ask. */
  trustedProxies: string[];
  updates: UpdateSettings;
  files: FileSettings;
  /** Processes that serve clients; with one, the server is that one process. */
  workers: number;
  /** The process that started this one holds our standard input open and wants us to end with it. */
  endsWithParent: boolean;
};

/** A setting that cannot be used; `message` names every wrong variable and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * How many processes serve when nobody says: one leaves a core to Postgres, and there is a gibibyte for each, which
 * costs about as much memory as the whole server does alone.
 */
export function defaultWorkers(machine: { cores: number; memoryBytes: number }): number {
  const { cores, memoryBytes } = machine;
  if (cores <= 2) return 1;
  return Math.max(1, Math.min(cores - 1, Math.floor(memoryBytes / 2 ** 30), maxWorkersByDefault));
}

/** What this process may use of the machine: a container may have less than there is. */
function thisMachine(): { cores: number; memoryBytes: number } {
  const limit = process.constrainedMemory() || Infinity;
  return { cores: availableParallelism(), memoryBytes: Math.min(totalmem(), limit) };
}

/** Parses the environment, the only place that reads it. Throws ConfigError. */
export function parseConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`Parley cannot start with these settings:\n${lines.join('\n')}`);
  }
  const settings = parsed.data;
  return {
    port: settings.PARLEY_PORT,
    host: settings.PARLEY_HOST,
    dataDir: resolve(settings.PARLEY_DATA),
    dictionariesDir: resolve(
      settings.PARLEY_DICTIONARIES ?? join(settings.PARLEY_DATA, 'dictionaries'),
    ),
    databaseUrl: settings.DATABASE_URL ?? null,
    publicUrl: settings.PARLEY_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    setupToken: settings.PARLEY_SETUP_TOKEN ?? null,
    registration: settings.PARLEY_REGISTRATION,
    logLevel: settings.PARLEY_LOG_LEVEL,
    commandLimit: settings.PARLEY_COMMAND_LIMIT,
    trustedProxies: settings.PARLEY_TRUSTED_PROXIES,
    updates: {
      folder: resolve(settings.PARLEY_UPDATES ?? join(settings.PARLEY_DATA, 'updates')),
      keys: settings.PARLEY_UPDATE_KEYS,
    },
    files: {
      folder: resolve(settings.PARLEY_DATA, 'files'),
      maxBytes: settings.PARLEY_MAX_FILE_BYTES,
    },
    workers: settings.PARLEY_WORKERS ?? defaultWorkers(thisMachine()),
    endsWithParent: environment.PARLEY_ENDS_WITH_PARENT === '1',
  };
}
