import type { Sql, TransactionSql } from 'postgres';
import type { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Database, Transaction } from '../database/client.ts';
import type { Actor } from '../database/entities/actor.ts';
import type { Statement } from '../log/append.ts';

/** What a job may use: the transaction, who asks as of this very moment, and where its events will lie. */
export type JobContext = {
  tx: Transaction;
  actor: Actor | null;
  now: Date;
  nextPosition: number;
};

/**
 * What a job comes to: an output with its events, or a failure that the caller is told of although its events
 * are kept (a stolen token is refused, and the session that it belonged to is ended).
 */
export type JobResult<O> =
  { output: O; events: NewEvent[] } | { failure: ParleyError; events: NewEvent[] };

/** One job of a group, with who asks as of this very moment. */
export type JobRequest<I> = { actor: Actor | null; input: I; now: Date };

/** What jobs of one kind have in common that are carried out together. */
export type JobGroup<I, O> = {
  run(
    context: {
      tx: Transaction;
      nextPosition: number;
      isCurrent: boolean;
      expectsRepeats: boolean;
    },
    requests: JobRequest<I>[],
  ): Promise<(JobResult<O> | ParleyError)[]>;
  /** The same without a question to the database, with what is to be written for it; null where that does not do. */
  byHeart(
    nextPosition: number,
    requests: JobRequest<I>[],
  ): {
    results: (JobResult<O> | ParleyError)[];
    statements: (sql: Sql | TransactionSql) => Statement[];
  } | null;
  /** Finds out what `byHeart` does not know; false where that would not help. */
  learn(db: Database, requests: JobRequest<I>[]): Promise<boolean>;
};

/** Work for the writer: on its own, or together with others of its kind. */
export type Job<O, I = unknown> = { actor: Actor | null } & (
  { run(context: JobContext): Promise<JobResult<O>> } | { group: JobGroup<I, O>; input: I }
);

/** Jobs that are carried out one after the other or, where they have a group, together. */
export type Step<W> = { group: object | null; members: W[] };

/**
 * Puts jobs that can be carried out together into one step each. Jobs of one session stay in their order;
 * those of different sessions were not answered yet, so nobody can tell in which order they came.
 */
export function stepsOf<W extends { job: Job<unknown> }>(batch: W[]): Step<W>[] {
  const steps: Step<W>[] = [];
  const lastStepOf = new Map<string, number>();
  const lastStepWith = new Map<object, number>();
  for (const each of batch) {
    const { job } = each;
    const group = 'group' in job ? job.group : null;
    const sessionId = job.actor?.sessionId;
    const notBefore = sessionId === undefined ? steps.length : (lastStepOf.get(sessionId) ?? 0);
    const candidate = group === null ? undefined : lastStepWith.get(group);
    let index = candidate !== undefined && candidate >= notBefore ? candidate : steps.length;
    const step = steps[index];
    if (step) step.members.push(each);
    else {
      index = steps.length;
      steps.push({ group, members: [each] });
      if (group !== null) lastStepWith.set(group, index);
    }
    if (sessionId !== undefined) lastStepOf.set(sessionId, index);
  }
  return steps;
}
