import { ConfigError, type Config } from '../config.ts';
import { EmbeddedPostgresError } from '../database/embedded.ts';
import { WorkerError } from '../processes/workers.ts';

/** What to tell the person who started the server; null for a bug, which deserves its stack trace. */
export function explain(error: unknown, config: Config | null): string | null {
  const isWorded =
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof WorkerError;
  if (isWorded) return error.message;
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
