/** The two little Socket.IO servers that store: the tutorial's and the yardstick. */
import type { Sink } from '../marker.ts';
import type { PrivatePostgres } from '../private-postgres.ts';
import type { Started } from '../processes.ts';
import { countIn } from '../wire/socket-io.ts';
import { ChatClient } from './bare-socket-io.ts';
import { startNodeServer } from './node-server.ts';
import type {
  ChannelHandle,
  ChannelPlan,
  Client,
  Place,
  System,
  Traits,
  Visitor,
} from './system.ts';

const database = 'stored_chat';
const mostCaughtUp = 1_000;

const tables = `
  create table users (id int primary key, name text not null, token text not null unique);
  create table channels (id serial primary key, name text not null);
  create table members (
    channel_id int references channels, user_id int references users, primary key (channel_id, user_id)
  );
  create table messages (
    id bigserial primary key, channel_id int not null references channels,
    user_id int not null references users, text text not null,
    created_at timestamptz not null default now()
  );
  create index on messages (channel_id, id);
`;

class StoredClient extends ChatClient {
  override history(channel: string, limit: number): Promise<number> {
    const query = `{"channelId":${channel},"limit":${limit}}`;
    return this.ask('history', query, (reply) => countIn(reply, '"created_at":'));
  }

  override async catchUp(channel: string, sinceMs: number): Promise<void> {
    const since = new Date(sinceMs).toISOString();
    const query = `{"channelId":${channel},"limit":${mostCaughtUp},"since":"${since}"}`;
    await this.ask('history', query, ({ bytes, start, end }) =>
      this.sink.scan(this.recipient, bytes, start, end),
    );
  }
}

export class StoredSocketIo implements System {
  readonly traits: Traits;
  readonly #script: string;
  #server: Started | null = null;
  #postgres: PrivatePostgres | null = null;
  #port = 0;

  constructor(script: string, title: string) {
    this.#script = script;
    this.traits = { title, workloads: ['W1', 'W2', 'W3', 'W4', 'W5'], echo: true, catchUp: true };
  }

  async start({ scratch, postgres }: Place): Promise<void> {
    this.#postgres = postgres;
    await postgres.makeDatabase(database);
    await postgres.run(database, tables);
    const environment = { DATABASE_URL: postgres.url(database) };
    const { started, port } = await startNodeServer(
      'stored-chat',
      this.#script,
      scratch,
      environment,
    );
    this.#server = started;
    this.#port = port;
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
      `insert into users select i, 'user ' || i, 'token' || i from generate_series(0, ${count - 1}) i`,
    );
    await this.#run('analyze users');
  }

  async createChannels(plans: readonly ChannelPlan[]): Promise<ChannelHandle[]> {
    const handles: ChannelHandle[] = [];
    for (const { name, members } of plans) {
      const [row] = await this.#run(
        `with c as (insert into channels (name) values ('${name}') returning id),
           m as (insert into members select c.id, u from c, unnest('{${members.join(',')}}'::int[]) u)
         select id from c`,
      );
      handles.push(String(row?.id));
    }
    return handles;
  }

  prepareSignIns(_users: readonly number[], _session: number): Promise<void> {
    return Promise.resolve();
  }

  async connect(visitor: Visitor, sink: Sink): Promise<Client> {
    const client = new StoredClient(this.#port, visitor, sink);
    await client.signIn({ token: `token${visitor.user}` });
    return client;
  }

  async storedMessages(): Promise<number> {
    const [row] = await this.#run('select count(*) from messages');
    return Number(row?.count);
  }

  async seed(channel: ChannelHandle, count: number): Promise<void> {
    await this.#run(
      `insert into messages (channel_id, user_id, text, created_at)
       select ${channel}, i % 16, rpad('seeded message ' || i, 120, '.'),
         now() - interval '1 second' * (${count} - i)
       from generate_series(1, ${count}) i`,
    );
    await this.#run('vacuum analyze messages');
    await this.#run('checkpoint');
  }

  async #run(statements: string): Promise<Record<string, unknown>[]> {
    if (!this.#postgres) throw new Error('not started');
    return this.#postgres.run(database, statements);
  }
}
