/** Postgres settings for a small server that shares its machine with Parley itself. */
const tuned: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No socket files: nothing to leave behind, no limit on the length of the data folder's path.
  unix_socket_directories: '',
  // The server's pools take at most some thirty; the rest is for jobs, operations and a second node.
  max_connections: '50',
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  // An acknowledged message is on disk: both stay on, whatever they cost.
  fsync: 'on',
  synchronous_commit: 'on',
  // Backups are made through SQL; nobody replicates an embedded database. `minimal` writes less.
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_compression: 'on',
  max_wal_size: '512MB',
  // Solid-state disks; and chat's queries are short, compiling them costs more than it gives.
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  // Statements and error details can hold what people wrote: neither reaches the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '',
};

/** For throw-away databases of tests: a crash may lose everything, so nothing waits for the disk. */
const throwAway: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
};

/** The command line that gives Postgres its settings; they win over the cluster's own files. */
export function settingsArguments(port: number, durable: boolean): string[] {
  const settings = { ...tuned, ...(durable ? {} : throwAway), port: String(port) };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
