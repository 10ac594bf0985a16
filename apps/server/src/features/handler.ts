import type { Logger } from 'pino';
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import type { commands } from '@parley/shared/protocol/commands.ts';
import type { CommandName, CommandOutput, ParsedInput } from '@parley/shared/protocol/commands.ts';
import type { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Audience, NewEvent } from '@parley/shared/protocol/events.ts';
import type { Ephemeral } from '@parley/shared/protocol/frames.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';
import type { Actor } from '../database/entities/actor.ts';
import type { Encoded } from '../database/entities/encoded.ts';
import type { KnownChannels } from '../database/entities/known-channels.ts';
import type { LatestPages } from '../database/entities/latest-pages.ts';
import type { Database, Queryable, Transaction } from '../database/client.ts';
import type { FileSettings, UpdateSettings } from '../config.ts';
import type { Identity } from './accounts/identity.ts';

export type { Actor, NewEvent };

/** Where a request came from; `address` serves limits only and is never logged. */
export type Origin = { requestId: string; address: string };

/** Null only for the commands that need no sign-in. */
export type ActorOf<N extends CommandName> = (typeof commands)[N]['permission'] extends 'anyone'
  ? Actor | null
  : Actor;

/** What the server's settings say that features need to know. */
export type FeatureSettings = {
  serverVersion: string;
  registration: 'invite' | 'open' | 'closed';
  setupToken: string;
  updates: UpdateSettings;
  files: FileSettings;
};

/** What every handler may use. */
export type Services = {
  settings: FeatureSettings;
  identity: Identity;
  log: Logger;
  knownChannels: KnownChannels;
  latestPages: LatestPages;
  /** Whether what this node knows by heart holds all that was acknowledged before this question. */
  isCurrent: () => Promise<boolean>;
  /** Has the bytes of deleted files taken from the disk, soon after the transaction. */
  removeDeletedFiles: () => void;
  /** Told how each comparison of what a client holds came out: for metrics. */
  verified: (result: Verification) => void;
};

export type Verification = 'same' | 'repaired' | 'not_compared';

type BaseContext<N extends CommandName> = {
  actor: ActorOf<N>;
  origin: Origin;
  services: Services;
  now: Date;
};

export type ReadContext<N extends CommandName> = BaseContext<N> & { db: Database };

/** Before the transaction: the place for slow work such as hashing; nothing is written here. */
export type PrepareContext<N extends CommandName> = BaseContext<N> & { db: Queryable };

/**
 * Inside the writer's transaction, with the head of the log locked: whatever is read here is exactly the state
 * before this command, and nobody else writes until it is done.
 */
export type WriteContext<N extends CommandName> = BaseContext<N> & {
  tx: Transaction;
  /** The position that the first of the returned events will have. */
  nextPosition: number;
};

/** What is live on this connection or, for a request without one, on nothing. */
export type Live = {
  setPresence(presence: Exclude<Presence, 'offline'>): void;
  watchPresence(userIds: Id[]): { userId: Id; presence: Presence }[];
  /** Sends to everybody in the audience but the actor. */
  sendEphemeral(audience: Audience, ephemeral: Ephemeral): void;
};

export type SignalContext<N extends CommandName> = BaseContext<N> & { db: Database; live: Live };

/**
 * What a command that changes something comes to. A `failure` is what the caller is told although the events
 * are kept: a stolen token is refused, and the session that it belonged to is ended.
 */
export type WriteResult<N extends CommandName> =
  { output: CommandOutput<N>; events: NewEvent[] } | { failure: ParleyError; events: NewEvent[] };

/** One of several commands of a kind that are carried out together. */
export type GroupRequest<N extends CommandName> = {
  actor: ActorOf<N>;
  input: ParsedInput<N>;
  now: Date;
};

/** What a group may use, with the head of the log locked. */
export type GroupContext = {
  tx: Transaction;
  services: Services;
  /** The position that the first event of the group will have. */
  nextPosition: number;
  /** Whether what this node knows by heart is exactly the state before this group. */
  isCurrent: boolean;
  /**
   * A group first assumes that none of its commands was carried out before. Where that makes the database
   * refuse it, it is run once more and looks first.
   */
  expectsRepeats: boolean;
};

export type ReadHandler<N extends CommandName> = {
  effect: 'read';
  run(
    context: ReadContext<N>,
    input: ParsedInput<N>,
  ): Promise<CommandOutput<N> | Encoded<CommandOutput<N>>>;
};

export type SignalHandler<N extends CommandName> = {
  effect: 'signal';
  run(context: SignalContext<N>, input: ParsedInput<N>): Promise<CommandOutput<N>>;
};

export type WriteHandler<N extends CommandName, P = unknown> = {
  effect: 'write';
  prepare?(context: PrepareContext<N>, input: ParsedInput<N>): Promise<P>;
  run(context: WriteContext<N>, input: ParsedInput<N>, prepared: P): Promise<WriteResult<N>>;
};

/** What a group may use that asks the database nothing. */
export type HeartContext = Pick<GroupContext, 'services' | 'nextPosition'>;

/** What a group comes to, and what has to be written for it. */
export type ByHeart<N extends CommandName> = {
  outcomes: (WriteResult<N> | ParleyError)[];
  statements: (sql: Sql | TransactionSql) => PendingQuery<Row[]>[];
};

/**
 * A command that comes in such numbers that those which wait are carried out together: with few statements for
 * all of them. One that cannot be done comes to a ParleyError of its own and changes nothing; the group throws
 * only what fails all of it.
 */
export type GroupedWriteHandler<N extends CommandName> = {
  effect: 'grouped write';
  runGroup(
    context: GroupContext,
    requests: GroupRequest<N>[],
  ): Promise<(WriteResult<N> | ParleyError)[]>;
  heart?: Heart<N>;
};

/** How a group is carried out by what the node knows by heart. */
export type Heart<N extends CommandName> = {
  /** Finds out what the node does not know; false where that would not help. */
  learn(
    context: { db: Database; services: Services },
    requests: GroupRequest<N>[],
  ): Promise<boolean>;
  /**
   * What the group comes to by what is known, which the caller makes sure is current; null where that is not enough.
   * It may take for granted that none of the commands was carried out before: the database refuses it then.
   */
  plan(context: HeartContext, requests: GroupRequest<N>[]): ByHeart<N> | null;
};

type NamesWith<E extends string> = {
  [N in CommandName]: (typeof commands)[N]['effect'] extends E ? N : never;
}[CommandName];

export type ReadName = NamesWith<'read'>;
export type WriteName = NamesWith<'write'>;
export type SignalName = NamesWith<'signal'>;

/** A command that changes nothing. */
export function read<N extends ReadName>(_name: N, run: ReadHandler<N>['run']): ReadHandler<N> {
  return { effect: 'read', run };
}

/** A command about what is never stored. */
export function signal<N extends SignalName>(
  _name: N,
  run: SignalHandler<N>['run'],
): SignalHandler<N> {
  return { effect: 'signal', run };
}

/** A command that changes something and needs nothing slow done beforehand. */
export function write<N extends WriteName>(
  _name: N,
  run: (context: WriteContext<N>, input: ParsedInput<N>) => Promise<WriteResult<N>>,
): WriteHandler<N, undefined> {
  return { effect: 'write', run };
}

/** A command that changes something, carried out together with others of its kind. */
export function groupedWrite<N extends WriteName>(
  _name: N,
  runGroup: GroupedWriteHandler<N>['runGroup'],
  heart?: Heart<N>,
): GroupedWriteHandler<N> {
  return { effect: 'grouped write', runGroup, ...(heart && { heart }) };
}

/** A command that changes something after slow work outside the transaction. */
export function preparedWrite<N extends WriteName, P>(
  _name: N,
  prepare: (context: PrepareContext<N>, input: ParsedInput<N>) => Promise<P>,
  run: (context: WriteContext<N>, input: ParsedInput<N>, prepared: P) => Promise<WriteResult<N>>,
): WriteHandler<N, P> {
  return { effect: 'write', prepare, run };
}
