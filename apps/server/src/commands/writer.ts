import type { Logger } from 'pino';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Event, NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Database, Transaction } from '../database/client.ts';
import { readActors, type Actor } from '../database/entities/actor.ts';
import { appendEvents, type Entry } from '../log/append.ts';
import { lockHead } from '../log/head.ts';

/** What a job may use: the transaction, who asks as of this very moment, and where its events will lie. */
export type JobContext = { tx: Transaction; actor: Actor | null; now: Date; nextPosition: number };

/**
 * What a job comes to: an output with its events, or a failure that the caller is told of although its events
 * are kept (a stolen token is refused, and the session that it belonged to is ended).
 */
export type JobResult<O> =
  { output: O; events: NewEvent[] } | { failure: ParleyError; events: NewEvent[] };

export type Job<O> = {
  actor: Actor | null;
  run(context: JobContext): Promise<JobResult<O>>;
};

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

export type WriterLimits = { maxBatch: number; maxWaiting: number; maxWaitMs: number };

const defaultLimits: WriterLimits = { maxBatch: 64, maxWaiting: 10_000, maxWaitMs: 10_000 };

/** After these the actors of the batch are read again: somebody's role or session has changed. */
const identityEvents = new Set<string>(['session.revoked', 'user.updated', 'user.deactivated']);

/**
 * The node's one writer. Jobs that arrive while a transaction runs form the next one, so a lone job commits at
 * once and batches grow by themselves under load (group commit). The transaction locks the head of the log
 * first; each job of a larger batch has a savepoint of its own, so that its failure is its own.
 */
export class Writer {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #now: () => Date;
  readonly #committed: (events: Event[]) => void;
  readonly #limits: WriterLimits;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  /** `committed` is called after each commit, in the order of commits, with the events of that commit. */
  constructor(options: {
    db: Database;
    log: Logger;
    now: () => Date;
    committed: (events: Event[]) => void;
    limits?: Partial<WriterLimits>;
  }) {
    this.#db = options.db;
    this.#log = options.log;
    this.#now = options.now;
    this.#committed = options.committed;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  /** Runs the job in one of the next transactions; resolves after commit. Rejects with a ParleyError or a bug. */
  submit<O>(job: Job<O>): Promise<Written<O>> {
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
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      if (batch.length > 0) await this.#runBatch(batch);
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

  async #runBatch(batch: Waiting[]): Promise<void> {
    let result: { outcomes: Outcome[]; events: Event[] };
    try {
      result = await this.#db.transaction((tx) => this.#runJobs(tx, batch));
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1 && only && error instanceof LoneJobFailed) {
        only.reject(error.cause);
        return;
      }
      this.#log.error({ err: error, jobs: batch.length }, 'a transaction failed');
      // Whether it was committed cannot be known here; a nonce makes the retry of a post safe.
      for (const waiting of batch) {
        waiting.reject(unavailable('The database did not answer. Try again in a moment.', error));
      }
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
      if (result.events.length > 0) this.#committed(result.events);
    } catch (error) {
      // Committed is committed: whoever could not listen reads the log, and the writer goes on.
      this.#log.error({ err: error }, 'events were committed but could not be handed out');
    }
  }

  async #runJobs(
    tx: Transaction,
    batch: Waiting[],
  ): Promise<{ outcomes: Outcome[]; events: Event[] }> {
    const head = await lockHead(tx);
    const sessionIds = batch.flatMap(({ job }) => (job.actor ? [job.actor.sessionId] : []));
    let actors = await readActors(tx, sessionIds);
    const outcomes: Outcome[] = [];
    const entries: Entry[] = [];
    for (const waiting of batch) {
      const now = this.#now();
      const nextPosition = head.position + entries.length + 1;
      const run = async (inner: Transaction) => {
        const actor = currentActor(actors, waiting.job.actor);
        return waiting.job.run({ tx: inner, actor, now, nextPosition });
      };
      try {
        // A savepoint costs two round trips; a job that is alone can use the transaction itself.
        const result = batch.length === 1 ? await run(tx) : await tx.transaction(run);
        const actorId = waiting.job.actor?.userId ?? null;
        entries.push(...result.events.map((event) => ({ event, actorId, at: now })));
        const position = head.position + entries.length;
        if ('failure' in result) outcomes.push({ waiting, error: result.failure });
        else outcomes.push({ waiting, output: result.output, position });
        if (result.events.some(({ type }) => identityEvents.has(type))) {
          actors = await readActors(tx, sessionIds);
        }
      } catch (error) {
        if (batch.length === 1) throw new LoneJobFailed(error);
        outcomes.push({ waiting, error });
      }
    }
    return { outcomes, events: await appendEvents(tx, head, entries) };
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
