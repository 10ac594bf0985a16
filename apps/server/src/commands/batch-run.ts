import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Sql, TransactionSql } from 'postgres';
import type { Database, Transaction } from '../database/client.ts';
import type { Actor } from '../database/entities/actor.ts';
import type { Entry, Statement } from '../log/append.ts';
import type { Head } from '../log/head.ts';
import { stepsOf, type Job, type JobRequest, type JobResult, type Step } from './batch.ts';

/** What the caller gets, with the position of the last event that the job appended (or of the head). */
export type Written<O> = { output: O; position: number; batchSize: number };

export type Waiting = {
  job: Job<unknown>;
  enqueuedAt: number;
  resolve(written: Written<unknown>): void;
  reject(error: unknown): void;
};

export type Outcome =
  { waiting: Waiting; output: unknown; position: number } | { waiting: Waiting; error: unknown };

/** After these the actors of the batch are read again: somebody's role or session has changed. */
const identityEvents = new Set<string>(['session.revoked', 'user.updated', 'user.deactivated']);

/** What has come of a batch so far: answers, and events with their places after the head. */
class Results {
  readonly outcomes: Outcome[] = [];
  readonly entries: Entry[] = [];
  readonly #from: number;

  constructor(from: number) {
    this.#from = from;
  }

  get nextPosition(): number {
    return this.#from + this.entries.length + 1;
  }

  fail(waiting: Waiting, error: unknown): void {
    this.outcomes.push({ waiting, error });
  }

  keep(waiting: Waiting, result: JobResult<unknown>, now: Date): void {
    const actorId = waiting.job.actor?.userId ?? null;
    this.entries.push(...result.events.map((event) => ({ event, actorId, at: now })));
    const position = this.nextPosition - 1;
    if ('failure' in result) this.fail(waiting, result.failure);
    else this.outcomes.push({ waiting, output: result.output, position });
  }
}

type Able = { waiting: Waiting; request: JobRequest<unknown> };

/** Those of a step whose session has not ended; the others are told so. */
function ableOf(
  { members }: Step<Waiting>,
  actors: Map<Id, Actor>,
  now: Date,
  results: Results,
): Able[] {
  const able: Able[] = [];
  for (const waiting of members) {
    const { job } = waiting;
    if (!('group' in job)) throw new Error('a job without its group');
    try {
      const actor = currentActor(actors, job.actor);
      able.push({ waiting, request: { actor, input: job.input, now } });
    } catch (error) {
      results.fail(waiting, error);
    }
  }
  return able;
}

/** Takes in what a group came to. Returns what was not refused. */
function takeIn(
  results: Results,
  able: Able[],
  came: (JobResult<unknown> | ParleyError)[],
): JobResult<unknown>[] {
  const kept: JobResult<unknown>[] = [];
  for (const [index, { waiting, request }] of able.entries()) {
    const result = came[index];
    if (!result) throw new Error('a group left out a job');
    if (result instanceof ParleyError) results.fail(waiting, result);
    else {
      results.keep(waiting, result, request.now);
      kept.push(result);
    }
  }
  return kept;
}

export type Plan = {
  outcomes: Outcome[];
  entries: Entry[];
  statementsOf: (sql: Sql | TransactionSql) => Statement[];
};

/** The one step that a batch consists of, with its group; null where there are several, or no group. */
function onlyGroupOf(batch: Waiting[]) {
  const [step, ...more] = stepsOf(batch);
  const [first] = step?.members ?? [];
  if (!step || more.length > 0 || !first || !('group' in first.job)) return null;
  return { step, group: first.job.group };
}

/** What the node knows by heart: where it stands in the log, and who is behind sessions. */
export type Recalled = { position: number; actors: Map<Id, Actor> };

/** Lets the node find out what it does not know for this batch; false where that would not help. */
export async function learnFor(
  batch: Waiting[],
  db: Database,
  { position, actors }: Recalled,
  now: Date,
): Promise<boolean> {
  const only = onlyGroupOf(batch);
  if (!only) return false;
  const able = ableOf(only.step, actors, now, new Results(position));
  return only.group.learn(
    db,
    able.map(({ request }) => request),
  );
}

/**
 * What a batch comes to by what the node knows by heart: nothing is asked. Null where that is not enough, or where
 * nothing would be written, since refusals too must be of the state of this moment.
 */
export function planByHeart(batch: Waiting[], known: Recalled, now: Date): Plan | null {
  const only = onlyGroupOf(batch);
  if (!only) return null;
  const results = new Results(known.position);
  const able = ableOf(only.step, known.actors, now, results);
  const done = only.group.byHeart(
    results.nextPosition,
    able.map(({ request }) => request),
  );
  if (!done) return null;
  takeIn(results, able, done.results);
  const { outcomes, entries } = results;
  return entries.length > 0 ? { outcomes, entries, statementsOf: done.statements } : null;
}

export type BatchRunOptions = {
  tx: Transaction;
  /** As this transaction has locked it. */
  head: Head;
  isCurrent: boolean;
  expectsRepeats: boolean;
  now: () => Date;
  actorsOf: (tx: Transaction, sessionIds: Id[], isCurrent: boolean) => Promise<Map<Id, Actor>>;
};

/** One transaction of the writer, as it goes on. */
export class BatchRun {
  readonly #options: BatchRunOptions;
  readonly #results: Results;
  #sessionIds: Id[] = [];
  #actors = new Map<Id, Actor>();
  /** Something was done in this transaction that is not in the log yet, so what is known by heart is not current. */
  #isChanged = false;

  constructor(options: BatchRunOptions) {
    this.#options = options;
    this.#results = new Results(options.head.position);
  }

  get outcomes(): Outcome[] {
    return this.#results.outcomes;
  }

  get entries(): Entry[] {
    return this.#results.entries;
  }

  /** Carries the jobs out, those of one group together. */
  async run(batch: Waiting[]): Promise<void> {
    const { tx, isCurrent, actorsOf } = this.#options;
    this.#sessionIds = batch.flatMap(({ job }) => (job.actor ? [job.actor.sessionId] : []));
    this.#actors = await actorsOf(tx, this.#sessionIds, isCurrent);
    for (const step of stepsOf(batch)) {
      if (step.group !== null) await this.#together(step);
      else for (const waiting of step.members) await this.#alone(waiting, batch.length > 1);
    }
  }

  /** Jobs of one group. Those whose session has ended are not among them. */
  async #together(step: Step<Waiting>): Promise<void> {
    const { tx, isCurrent, expectsRepeats, now } = this.#options;
    const able = ableOf(step, this.#actors, now(), this.#results);
    const [first] = able;
    if (!first || !('group' in first.waiting.job)) return;
    const came = await first.waiting.job.group.run(
      {
        tx,
        nextPosition: this.#results.nextPosition,
        isCurrent: isCurrent && !this.#isChanged,
        expectsRepeats,
      },
      able.map(({ request }) => request),
    );
    for (const result of takeIn(this.#results, able, came)) await this.#note(result);
  }

  /** A job on its own; a savepoint costs two round trips, so one that is alone uses the transaction itself. */
  async #alone(waiting: Waiting, withSavepoint: boolean): Promise<void> {
    const { job } = waiting;
    if (!('run' in job)) throw new Error('a job of a group cannot run alone');
    const { tx: outer } = this.#options;
    const now = this.#options.now();
    const run = async (tx: Transaction) => {
      const actor = currentActor(this.#actors, job.actor);
      return job.run({ tx, actor, now, nextPosition: this.#results.nextPosition });
    };
    try {
      const result = withSavepoint ? await outer.transaction(run) : await run(outer);
      this.#results.keep(waiting, result, now);
      await this.#note(result);
    } catch (error) {
      if (!withSavepoint) throw new LoneJobFailed(error);
      this.#results.fail(waiting, error);
    }
  }

  async #note({ events }: JobResult<unknown>): Promise<void> {
    if (events.length > 0) this.#isChanged = true;
    if (events.some(({ type }) => identityEvents.has(type))) {
      this.#actors = await this.#options.actorsOf(this.#options.tx, this.#sessionIds, false);
    }
  }
}

/** Rolls the transaction of a lone job back, carrying the job's own error out of it. */
export class LoneJobFailed extends Error {
  override readonly name = 'LoneJobFailed';
  constructor(cause: unknown) {
    super('the only job of the transaction failed', { cause });
  }
}

function currentActor(actors: Map<Id, Actor>, claimed: Actor | null): Actor | null {
  if (!claimed) return null;
  const actor = actors.get(claimed.sessionId);
  if (!actor) throw new ParleyError('unauthenticated', 'This session has ended. Sign in again.');
  return actor;
}
