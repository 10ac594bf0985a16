import type { Logger } from 'pino';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import {
  isConnectionTrouble,
  isUniqueViolation,
  type Database,
  type Transaction,
} from '../database/client.ts';
import type { Actor } from '../database/entities/actor.ts';
import { appendAtOnce, appendEvents, eventsAfter } from '../log/append.ts';
import { lockHead } from '../log/head.ts';
import {
  BatchRun,
  learnFor,
  LoneJobFailed,
  planByHeart,
  type Outcome,
  type Recalled,
  type Waiting,
  type Written,
} from './batch-run.ts';
import type { Job } from './batch.ts';

export type { Written };

export type WriterLimits = {
  /** So many are taken at once; of more than twice as many, half. */
  minBatch: number;
  maxBatch: number;
  maxWaiting: number;
  maxWaitMs: number;
  /** Under load the next transaction begins no sooner than this after the one before began. */
  gatherMs: number;
  /** A batch that has not ended by then is given up. */
  maxRunMs: number;
};

const defaultLimits: WriterLimits = {
  minBatch: 50,
  maxBatch: 500,
  maxWaiting: 20_000,
  maxWaitMs: 10_000,
  gatherMs: 8,
  // Longer than a statement may run, and than the database may be silent.
  maxRunMs: 90_000,
};

/** A batch of at least so many jobs is load: the next one is given time to gather. */
const loadFrom = 8;

/** After another node was first, so long this one asks again before it relies on what it knows by heart. */
const distrustMs = 100;

type Done = { outcomes: Outcome[]; events: Event[] };

export type WriterOptions = {
  db: Database;
  log: Logger;
  now: () => Date;
  /** Who is behind these sessions, as of the locked head: from memory where that is current. */
  actorsOf: (tx: Transaction, sessionIds: Id[], isCurrent: boolean) => Promise<Map<Id, Actor>>;
  /** Whether this node has heard of everything up to this position. */
  isCurrent: (position: number) => boolean;
  /** Where the node stands, and who is behind these sessions, both from memory; null where it does not know. */
  recall: (sessionIds: Id[]) => Recalled | null;
  /** Called after each commit, in the order of commits, with the events of that commit. */
  committed: (events: Event[]) => void;
  limits?: Partial<WriterLimits>;
};

/**
 * The node's one writer. Jobs that arrive while a transaction runs form the next one, so a lone job commits at
 * once and batches grow by themselves under load (group commit). A batch that the node can carry out by heart is
 * one statement, which takes place only if the log still ends where the node thinks it does. Any other is a
 * transaction that locks the head of the log first. Jobs of one kind are carried out together where they have a
 * group; every other job of a larger batch has a savepoint of its own, so that its failure is its own.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #limits: WriterLimits;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #distrustUntil = 0;
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

  /**
   * Half of what waits, where that is much. Whoever posts more once they are answered would otherwise wait all at once,
   * and then the server for them: so the one half is read while the other is written.
   */
  #takeBatch(): Waiting[] {
    const { minBatch, maxBatch } = this.#limits;
    const half = Math.ceil(this.#waiting.length / 2);
    const batch = this.#waiting.splice(0, Math.min(maxBatch, Math.max(minBatch, half)));
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
    const { log, committed } = this.#options;
    let result: Done;
    try {
      result = await within(this.#limits.maxRunMs, this.#carryOut(batch, expectsRepeats));
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

  async #carryOut(batch: Waiting[], expectsRepeats: boolean): Promise<Done> {
    const atOnce = expectsRepeats ? null : await this.#runByHeart(batch);
    return atOnce ?? this.#runTransaction(batch, expectsRepeats);
  }

  /** Null where the batch has to be carried out in a transaction; nothing is written then. */
  async #runByHeart(batch: Waiting[]): Promise<Done | null> {
    if (performance.now() < this.#distrustUntil) return null;
    const { db, now } = this.#options;
    const sessionIds = batch.flatMap(({ job }) => (job.actor ? [job.actor.sessionId] : []));
    let known = this.#options.recall(sessionIds);
    let plan = known && planByHeart(batch, known, now());
    if (known && !plan && (await learnFor(batch, db, known, now()))) {
      // What is known now may be of a later position.
      known = this.#options.recall(sessionIds);
      plan = known && planByHeart(batch, known, now());
    }
    if (!known || !plan) return null;
    const events = eventsAfter(known.position, plan.entries);
    try {
      const isDone = await appendAtOnce(db, known.position, events, plan.statementsOf);
      if (isDone) return { outcomes: plan.outcomes, events };
      this.#distrustUntil = performance.now() + distrustMs;
    } catch (error) {
      if (isConnectionTrouble(error)) throw error;
      // One of them was carried out before: the transaction finds out which.
      if (isUniqueViolation(error)) return this.#runTransaction(batch, true);
      this.#options.log.warn({ err: error }, 'a batch could not be written by heart');
    }
    return null;
  }

  async #runTransaction(batch: Waiting[], expectsRepeats: boolean): Promise<Done> {
    const { db, isCurrent, now, actorsOf } = this.#options;
    return db.transaction(async (tx) => {
      const head = await lockHead(tx);
      const current = isCurrent(head.position);
      const run = new BatchRun({ tx, head, isCurrent: current, expectsRepeats, now, actorsOf });
      await run.run(batch);
      return { outcomes: run.outcomes, events: await appendEvents(tx, head, run.entries) };
    });
  }
}

/** The result, or trouble with the connection when there is none within this time: nothing else takes so long. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`a batch took more than ${ms} ms`), { code: 'ETIMEDOUT' }));
    }, ms);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(message: string, cause?: unknown): ParleyError {
  return new ParleyError('unavailable', message, { retryAfterMs: 1_000, cause });
}
