import type { Logger } from 'pino';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { isConnectionTrouble, type Database, type Transaction } from '../database/client.ts';
import type { Actor } from '../database/entities/actor.ts';
import { appendEvents, type Entry } from '../log/append.ts';
import { lockHead, type Head } from '../log/head.ts';
import { stepsOf, type Job, type JobResult, type Step } from './batch.ts';

/** What the caller gets, with the position of the last event that the job appended (or of the head). */
export type Written<O> = { output: O; position: number; batchSize: number };

type Waiting = {
  job: Job<unknown>;
  enqueuedAt: number;
  resolve(written: Written<unknown>): void;
  reject(error: unknown): void;
};

type Outcome =
  { waiting: Waiting; output: unknown; position: number } | { waiting: Waiting; error: unknown };

export type WriterLimits = {
  maxBatch: number;
  maxWaiting: number;
  maxWaitMs: number;
  /** Under load the next transaction begins no sooner than this after the one before began. */
  gatherMs: number;
};

const defaultLimits: WriterLimits = {
  maxBatch: 500,
  maxWaiting: 20_000,
  maxWaitMs: 10_000,
  gatherMs: 8,
};

/** A batch of at least so many jobs is load: the next one is given time to gather. */
const loadFrom = 8;

/** After these the actors of the batch are read again: somebody's role or session has changed. */
const identityEvents = new Set<string>(['session.revoked', 'user.updated', 'user.deactivated']);

export type WriterOptions = {
  db: Database;
  log: Logger;
  now: () => Date;
  /** Who is behind these sessions, as of the locked head: from memory where that is current. */
  actorsOf: (tx: Transaction, sessionIds: Id[], isCurrent: boolean) => Promise<Map<Id, Actor>>;
  /** Whether this node has heard of everything up to this position. */
  isCurrent: (position: number) => boolean;
  /** Called after each commit, in the order of commits, with the events of that commit. */
  committed: (events: Event[]) => void;
  limits?: Partial<WriterLimits>;
};

/**
 * The node's one writer. Jobs that arrive while a transaction runs form the next one, so a lone job commits at
 * once and batches grow by themselves under load (group commit). The transaction locks the head of the log
 * first. Jobs of one kind are carried out together where they have a group; every other job of a larger batch
 * has a savepoint of its own, so that its failure is its own.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #limits: WriterLimits;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  /** Runs the job in one of the next transactions; resolves after commit. Rejects with a ParleyError or a bug. */
  submit<O, I>(job: Job<O, I>): Promise<Written<O>> {
    if (this.#closed) return Promise.reject(unavailable('The server is shutting down.'));
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      return Promise.reject(unavailable('The server is busy. Try again in a moment.'));
    }
    return new Promise<Written<O>>((resolve, reject) => {
      this.#waiting.push({
        job,
        enqueuedAt: performance.now(),
        // Only the output of this very job is handed to it.
        resolve: resolve as (written: Written<unknown>) => void,
        reject,
      });
      this.#running ??= this.#work();
    });
  }

  /** Refuses new jobs and waits for those that are in. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #work(): Promise<void> {
    // Whatever else this turn of the event loop brings is part of the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const startedAt = performance.now();
      const batch = this.#takeBatch();
      if (batch.length > 0) await this.#runBatch(batch);
      const left = startedAt + this.#limits.gatherMs - performance.now();
      const isFull = this.#waiting.length >= this.#limits.maxBatch;
      if (batch.length >= loadFrom && !isFull && !this.#closed && left >= 1) {
        await new Promise((resolve) => setTimeout(resolve, left));
      }
    }
    this.#running = null;
  }

  #takeBatch(): Waiting[] {
    const batch = this.#waiting.splice(0, this.#limits.maxBatch);
    const latest = performance.now() - this.#limits.maxWaitMs;
    return batch.filter((waiting) => {
      if (waiting.enqueuedAt >= latest) return true;
      waiting.reject(unavailable('The server is busy. Try again in a moment.'));
      return false;
    });
  }

  /**
   * Runs a batch. What fails all of it at once is looked at more closely: first with an eye on repetitions,
   * then job by job, so that only the one at fault fails.
   */
  async #runBatch(batch: Waiting[], expectsRepeats = false): Promise<void> {
    const { db, log, committed } = this.#options;
    let result: { outcomes: Outcome[]; events: Event[] };
    try {
      result = await db.transaction((tx) => this.#runJobs(tx, batch, expectsRepeats));
    } catch (error) {
      const [only] = batch;
      if (isConnectionTrouble(error)) {
        log.error({ err: error, jobs: batch.length }, 'a transaction failed');
        // Whether it was committed cannot be known here; a nonce makes the retry of a post safe.
        for (const waiting of batch) {
          waiting.reject(unavailable('The database did not answer. Try again in a moment.', error));
        }
      } else if (batch.length === 1 && only) {
        only.reject(error instanceof LoneJobFailed ? error.cause : error);
      } else if (!expectsRepeats) await this.#runBatch(batch, true);
      else for (const each of batch) await this.#runBatch([each], true);
      return;
    }
    for (const outcome of result.outcomes) {
      if ('error' in outcome) outcome.waiting.reject(outcome.error);
      else {
        const { output, position } = outcome;
        outcome.waiting.resolve({ output, position, batchSize: batch.length });
      }
    }
    try {
      if (result.events.length > 0) committed(result.events);
    } catch (error) {
      // Committed is committed: whoever could not listen reads the log, and the writer goes on.
      log.error({ err: error }, 'events were committed but could not be handed out');
    }
  }

  async #runJobs(
    tx: Transaction,
    batch: Waiting[],
    expectsRepeats: boolean,
  ): Promise<{ outcomes: Outcome[]; events: Event[] }> {
    const head = await lockHead(tx);
    const run = new BatchRun(this.#options, tx, head, expectsRepeats);
    await run.readActors(batch);
    const steps = stepsOf(batch);
    for (const step of steps) {
      if (step.group !== null) await run.together(step);
      else for (const waiting of step.members) await run.alone(waiting, batch.length > 1);
    }
    return { outcomes: run.outcomes, events: await appendEvents(tx, head, run.entries) };
  }
}

/** One transaction of the writer, as it goes on. */
class BatchRun {
  readonly outcomes: Outcome[] = [];
  readonly entries: Entry[] = [];
  readonly #options: WriterOptions;
  readonly #tx: Transaction;
  readonly #head: Head;
  readonly #isCurrent: boolean;
  readonly #expectsRepeats: boolean;
  #sessionIds: Id[] = [];
  #actors = new Map<Id, Actor>();
  /** Something was done in this transaction that is not in the log yet, so what is known by heart is not current. */
  #isChanged = false;

  constructor(options: WriterOptions, tx: Transaction, head: Head, expectsRepeats: boolean) {
    this.#options = options;
    this.#tx = tx;
    this.#head = head;
    this.#isCurrent = options.isCurrent(head.position);
    this.#expectsRepeats = expectsRepeats;
  }

  async readActors(batch: Waiting[]): Promise<void> {
    this.#sessionIds = batch.flatMap(({ job }) => (job.actor ? [job.actor.sessionId] : []));
    this.#actors = await this.#options.actorsOf(this.#tx, this.#sessionIds, this.#isCurrent);
  }

  /** Jobs of one group. Those whose session has ended are not among them. */
  async together({ members }: Step<Waiting>): Promise<void> {
    const now = this.#options.now();
    const able: { waiting: Waiting; input: unknown; actor: Actor | null }[] = [];
    let group;
    for (const waiting of members) {
      const { job } = waiting;
      if (!('group' in job)) throw new Error('a job without its group');
      group = job.group;
      try {
        able.push({ waiting, input: job.input, actor: currentActor(this.#actors, job.actor) });
      } catch (error) {
        this.outcomes.push({ waiting, error });
      }
    }
    if (!group || able.length === 0) return;
    const results = await group.run(
      {
        tx: this.#tx,
        nextPosition: this.#nextPosition,
        isCurrent: this.#isCurrent && !this.#isChanged,
        expectsRepeats: this.#expectsRepeats,
      },
      able.map(({ input, actor }) => ({ input, actor, now })),
    );
    for (const [index, { waiting }] of able.entries()) {
      const result = results[index];
      if (!result) throw new Error('a group left out a job');
      if (result instanceof ParleyError) this.outcomes.push({ waiting, error: result });
      else await this.#keep(waiting, result, now);
    }
  }

  /** A job on its own; a savepoint costs two round trips, so one that is alone uses the transaction itself. */
  async alone(waiting: Waiting, withSavepoint: boolean): Promise<void> {
    const { job } = waiting;
    if (!('run' in job)) throw new Error('a job of a group cannot run alone');
    const now = this.#options.now();
    const run = async (tx: Transaction) => {
      const actor = currentActor(this.#actors, job.actor);
      return job.run({ tx, actor, now, nextPosition: this.#nextPosition });
    };
    try {
      const result = withSavepoint ? await this.#tx.transaction(run) : await run(this.#tx);
      await this.#keep(waiting, result, now);
    } catch (error) {
      if (!withSavepoint) throw new LoneJobFailed(error);
      this.outcomes.push({ waiting, error });
    }
  }

  get #nextPosition(): number {
    return this.#head.position + this.entries.length + 1;
  }

  async #keep(waiting: Waiting, result: JobResult<unknown>, now: Date): Promise<void> {
    const actorId = waiting.job.actor?.userId ?? null;
    this.entries.push(...result.events.map((event) => ({ event, actorId, at: now })));
    const position = this.#head.position + this.entries.length;
    if ('failure' in result) this.outcomes.push({ waiting, error: result.failure });
    else this.outcomes.push({ waiting, output: result.output, position });
    if (result.events.length > 0) this.#isChanged = true;
    if (result.events.some(({ type }) => identityEvents.has(type))) {
      this.#actors = await this.#options.actorsOf(this.#tx, this.#sessionIds, false);
    }
  }
}

/** Rolls the transaction of a lone job back, carrying the job's own error out of it. */
class LoneJobFailed extends Error {
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

function unavailable(message: string, cause?: unknown): ParleyError {
  return new ParleyError('unavailable', message, { retryAfterMs: 1_000, cause });
}
