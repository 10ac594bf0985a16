/** Prosody from Debian: rooms, archive in Postgres, plain TCP connections. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sink } from '../marker.ts';
import type { PrivatePostgres } from '../private-postgres.ts';
import { startPinned, takePort, waitForPort, type Started } from '../processes.ts';
import type {
  ChannelHandle,
  ChannelPlan,
  Client,
  Place,
  System,
  Traits,
  Visitor,
} from './system.ts';
import { connectXmpp, domain, rooms, seededStanza } from './xmpp-client.ts';

const database = 'prosody';

/**
 * As fast as it can be set up: no TLS, few modules, no presence in rooms. With its usual cache of 100 rooms it would
 * write rooms to disk and read them back as soon as more are in use.
 */
function configuration(folder: string, port: number, postgresPort: number): string {
  return `
run_as_root = true
pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
certificates = "${folder}/data"
plugin_paths = {}
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = {}
s2s_ports = {}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
modules_enabled = { "saslauth", "disco" }
modules_disabled = { "s2s", "s2s_auth_certs", "offline", "tls" }
network_settings = { tcp_backlog = 4096 }
log = { warn = "${folder}/prosody.log" }
default_storage = "internal"
storage = { muc_log = "sql" }
sql = {
  driver = "PostgreSQL", database = "${database}", username = "postgres", password = "trusted",
  host = "127.0.0.1", port = ${postgresPort}
}
VirtualHost "${domain}"
Component "${rooms}" "muc"
  modules_enabled = { "muc_mam" }
  muc_room_cache_size = 2000
  muc_room_locking = false
  muc_room_default_public = true
  muc_room_default_persistent = true
  muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }
  muc_log_expires_after = "never"
  max_archive_query_results = 50
`;
}

export class Prosody implements System {
  readonly traits: Traits = {
    title: 'Prosody, rooms with their archive in Postgres',
    workloads: ['W1', 'W2', 'W3', 'W4', 'W5'],
    echo: true,
    catchUp: true,
  };
  #server: Started | null = null;
  #postgres: PrivatePostgres | null = null;
  #port = 0;
  #accounts = '';

  async start({ scratch, postgres }: Place): Promise<void> {
    this.#postgres = postgres;
    await postgres.makeDatabase(database);
    const folder = join(scratch, 'prosody');
    rmSync(folder, { recursive: true, force: true });
    this.#accounts = join(folder, 'data', domain, 'accounts');
    mkdirSync(this.#accounts, { recursive: true });
    this.#port = await takePort();
    const settings = join(folder, 'prosody.cfg.lua');
    writeFileSync(settings, configuration(folder, this.#port, postgres.port));
    this.#server = startPinned('prosody', 'prosody', ['-F', '--config', settings], {
      workingFolder: folder,
      logFile: join(scratch, 'prosody.log'),
    });
    await waitForPort(this.#port, this.#server);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  serverPids(): number[] {
    return this.#server ? [this.#server.pid] : [];
  }

  databasePids(): number[] {
    return this.#postgres?.pids() ?? [];
  }

  signUp(count: number): Promise<void> {
    for (let user = 0; user < count; user += 1) {
      const account = `return {\n\t["password"] = "pw${user}";\n};\n`;
      writeFileSync(join(this.#accounts, `u${user}.dat`), account);
    }
    return Promise.resolve();
  }

  /** A room comes to be when its first member joins. */
  createChannels(plans: readonly ChannelPlan[]): Promise<ChannelHandle[]> {
    return Promise.resolve(plans.map(({ name }) => `${name}@${rooms}`));
  }

  prepareSignIns(_users: readonly number[], _session: number): Promise<void> {
    return Promise.resolve();
  }

  connect(visitor: Visitor, sink: Sink): Promise<Client> {
    return connectXmpp(this.#port, visitor, sink);
  }

  /** Prosody makes its tables when it first needs them. */
  async storedMessages(): Promise<number> {
    const [exists] = await this.#run(`select to_regclass('prosodyarchive') is not null as yes`);
    if (exists?.yes !== true) return 0;
    const [row] = await this.#run(`select count(*) from prosodyarchive where store = 'muc_log'`);
    return Number(row?.count);
  }

  async seed(channel: ChannelHandle, count: number): Promise<void> {
    const [room = ''] = channel.split('@');
    await this.#run(
      `insert into prosodyarchive (host, "user", store, key, "when", "with", type, value)
       select '${rooms}', '${room}', 'muc_log', md5('${room}' || i), t, 'message<groupchat', 'xml',
         ${seededStanza(channel)}
       from (select i, extract(epoch from now())::int - (${count} - i) as t
         from generate_series(1, ${count}) i) seeded`,
    );
    await this.#run('vacuum analyze prosodyarchive');
    await this.#run('checkpoint');
  }

  async #run(statements: string): Promise<Record<string, unknown>[]> {
    if (!this.#postgres) throw new Error('not started');
    return this.#postgres.run(database, statements);
  }
}
