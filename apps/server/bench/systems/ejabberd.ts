/** ejabberd from Debian: rooms, archive in Postgres, plain TCP connections. */
import { readdirSync, readFileSync, mkdirSync, writeFileSync } from 'node:fs';
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
import { connectXmpp, domain, rooms, seededStanza, seededText } from './xmpp-client.ts';

const database = 'ejabberd';
const schema = '/usr/share/ejabberd/sql/pg.sql';

/** As fast as it can be set up: no TLS, few modules, no shapers, no presence in rooms. */
function configuration(port: number, postgresPort: number): string {
  return `
hosts: [${domain}]
loglevel: error
certfiles: []
ca_file: /etc/ssl/certs/ca-certificates.crt
default_db: sql
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: ${postgresPort}
sql_database: ${database}
sql_username: postgres
sql_password: "trusted"
sql_pool_size: 10
auth_method: [sql]
auth_password_format: plain
disable_sasl_mechanisms: ["digest-md5", "X-OAUTH2"]
max_fsm_queue: 1000000
acl:
  local:
    user_regexp: ""
access_rules:
  everyone:
    allow: all
shaper: {}
shaper_rules: {}
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: none
    access: all
    backlog: 4096
modules:
  mod_disco: {}
  mod_mam: {}
  mod_muc:
    host: ${rooms}
    access: everyone
    access_create: everyone
    access_persistent: everyone
    access_mam: everyone
    history_size: 0
    max_users: 5000
    max_user_conferences: 1000
    max_users_presence: 5000
    min_message_interval: 0
    default_room_options:
      mam: true
      persistent: true
      public: true
      anonymous: false
      members_by_default: true
      presence_broadcast: []
      max_users: 5000
`;
}

export class Ejabberd implements System {
  readonly traits: Traits = {
    title: 'ejabberd, rooms with their archive in Postgres',
    workloads: ['W1', 'W2', 'W3', 'W4', 'W5'],
    echo: true,
    catchUp: true,
  };
  #server: Started | null = null;
  #postgres: PrivatePostgres | null = null;
  #port = 0;

  async start({ scratch, postgres }: Place): Promise<void> {
    this.#postgres = postgres;
    await postgres.makeDatabase(database);
    await postgres.run(database, readFileSync(schema, 'utf8'));
    const folder = join(scratch, 'ejabberd');
    const spool = join(folder, 'spool');
    mkdirSync(spool, { recursive: true });
    this.#port = await takePort();
    const settings = join(folder, 'ejabberd.yml');
    writeFileSync(settings, configuration(this.#port, postgres.port));
    // Without a node name, so that neither ejabberd's wrapper nor Erlang's port mapper is left behind.
    const flags = ['+K', 'true', '+P', '250000', '-noinput', '-mnesia', 'dir', `"${spool}"`];
    this.#server = startPinned(
      'ejabberd',
      'erl',
      [...flags, '-ejabberd', 'quiet', 'false', '-s', 'ejabberd'],
      {
        workingFolder: spool,
        logFile: join(scratch, 'ejabberd.log'),
        environment: {
          ERL_LIBS: librariesFolder(),
          EJABBERD_CONFIG_PATH: settings,
          EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
          ERL_MAX_PORTS: '32000',
          ERL_CRASH_DUMP: join(folder, 'crash.dump'),
          HOME: folder,
        },
      },
    );
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

  async signUp(count: number): Promise<void> {
    await this.#run(
      `insert into users (username, password) select 'u' || i, 'pw' || i from generate_series(0, ${count - 1}) i`,
    );
    await this.#run('analyze users');
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

  async storedMessages(): Promise<number> {
    const [row] = await this.#run('select count(*) from archive');
    return Number(row?.count);
  }

  async seed(room: ChannelHandle, count: number): Promise<void> {
    const stanza = seededStanza(room, ` to=''${room}'' xmlns=''jabber:client''`);
    await this.#run(
      `insert into archive (username, timestamp, peer, bare_peer, xml, txt, kind, nick)
       select '${room}', t, '${room}/u' || i % 16 || 's0', '${room}', ${stanza}, ${seededText},
         'groupchat', 'u' || i % 16 || 's0'
       from (select i, (extract(epoch from now()) * 1000000)::bigint - (${count} - i)::bigint * 1000000 as t
         from generate_series(1, ${count}) i) seeded`,
    );
    await this.#run('vacuum analyze archive');
    await this.#run('checkpoint');
  }

  async #run(statements: string): Promise<Record<string, unknown>[]> {
    if (!this.#postgres) throw new Error('not started');
    return this.#postgres.run(database, statements);
  }
}

/** Where Debian keeps Erlang libraries that are built for this machine. */
function librariesFolder(): string {
  const folder = readdirSync('/usr/lib').find((name) => name.endsWith('-linux-gnu'));
  return join('/usr/lib', folder ?? 'x86_64-linux-gnu');
}
