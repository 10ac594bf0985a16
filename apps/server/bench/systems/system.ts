/** What the bench asks of a system under test; one driver each in this folder. */
import type { Sink } from '../marker.ts';
import type { PrivatePostgres } from '../private-postgres.ts';
import type { WorkspaceShape } from '../workloads/settings.ts';

export const workloadNames = ['W1', 'W2', 'W3', 'W4', 'W5', 'bootstrap', 'PG'] as const;
export type WorkloadName = (typeof workloadNames)[number];

export type Traits = {
  /** A line for the reader of the tables. */
  title: string;
  /** What the system is measured in; `PG` is no system's. */
  workloads: readonly Exclude<WorkloadName, 'PG'>[];
  /** Whether a sender is sent its own message. */
  echo: boolean;
  /** Whether somebody who comes back can read what was missed. */
  catchUp: boolean;
};

export type Place = {
  /** An empty folder for data and logs. */
  scratch: string;
  postgres: PrivatePostgres;
};

/** Whatever `send` and `join` need to know of a channel. */
export type ChannelHandle = string;

export type ChannelPlan = { name: string; members: readonly number[] };

export type Visitor = {
  /** Number of the account. */
  user: number;
  /** Makes second and further connections of one person distinct. */
  session: number;
  /** Under what number the sink is told what this connection receives. */
  recipient: number;
  /** The connection that this one follows: a system that resumes takes its place from there. */
  former?: Client;
};

/** One connected, signed-in client. */
export interface Client {
  readonly closed: boolean;
  /** Begins to receive the channel. */
  join(channel: ChannelHandle): Promise<void>;
  /** Sends without waiting; a refusal becomes a fault of the sink. */
  send(channel: ChannelHandle, text: string): void;
  /** Reads the last messages; resolves to how many came. */
  history(channel: ChannelHandle, limit: number): Promise<number>;
  /** Receives what was sent since that time, through the sink. */
  catchUp(channel: ChannelHandle, sinceMs: number): Promise<void>;
  /** Asks for all that a client keeps. Only where `bootstrap` is among the workloads. */
  bootstrap?(): Promise<void>;
  close(): void;
}

/** One start of a server. */
export interface System {
  readonly traits: Traits;
  start(place: Place): Promise<void>;
  stop(): Promise<void>;
  /** Roots of the processes whose CPU and memory are the server's, and its database's. */
  serverPids(): number[];
  databasePids(): number[];
  /** Sees to accounts for users 0 to `count` - 1. */
  signUp(count: number): Promise<void>;
  createChannels(plans: readonly ChannelPlan[]): Promise<ChannelHandle[]>;
  /** Gets what clients hold before they connect, such as access tokens, so that it is not timed. */
  prepareSignIns(users: readonly number[], session: number): Promise<void>;
  connect(visitor: Visitor, sink: Sink): Promise<Client>;
  /** Messages in the archive, of all channels; null: there is none. */
  storedMessages(): Promise<number | null>;
  /** Puts messages into the channel's archive, as fast as may be. */
  seed(channel: ChannelHandle, count: number): Promise<void>;
  /** Fills an empty workspace. Only where `bootstrap` is among the workloads. */
  seedWorkspace?(shape: WorkspaceShape): Promise<void>;
}
