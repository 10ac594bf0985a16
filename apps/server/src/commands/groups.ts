import type { CommandName, CommandOutput, ParsedInput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Actor } from '../database/entities/actor.ts';
import type { ActorOf, GroupedWriteHandler, Services } from '../features/handler.ts';
import type { JobGroup, JobRequest, JobResult } from './batch.ts';

/**
 * What the writer carries out together for one command. `assertMay` is asked for each actor as of the locked
 * head; those who may not are told so and are no part of the group.
 */
export function groupOf<N extends CommandName>(
  handler: GroupedWriteHandler<N>,
  services: Services,
  assertMay: (actor: Actor | null) => void,
): JobGroup<ParsedInput<N>, CommandOutput<N>> {
  type Result = JobResult<CommandOutput<N>> | ParleyError;

  /** Those who may, and how their results and the refusals of the others become one list again. */
  const sift = (requests: JobRequest<ParsedInput<N>>[]) => {
    const refusals = requests.map(({ actor }) =>
      refusalOf(() => {
        assertMay(actor);
      }),
    );
    const allowed = requests
      .filter((_, index) => refusals[index] === null)
      // assertMay() let a null actor through only where ActorOf<N> allows one.
      .map(({ actor, input, now }) => ({ actor: actor as ActorOf<N>, input, now }));
    const join = (results: Result[]) => {
      const outcomes = results.values();
      return refusals.map((refusal): Result => {
        const outcome = refusal ?? outcomes.next().value;
        if (!outcome) throw new Error('a group left out a request');
        return outcome;
      });
    };
    return { allowed, join };
  };

  return {
    async run(context, requests) {
      const { allowed, join } = sift(requests);
      return join(await handler.runGroup({ ...context, services }, allowed));
    },
    byHeart(nextPosition, requests) {
      const { allowed, join } = sift(requests);
      const done = handler.heart?.plan({ services, nextPosition }, allowed);
      return done ? { results: join(done.outcomes), statements: done.statements } : null;
    },
    async learn(db, requests) {
      const { allowed } = sift(requests);
      return (await handler.heart?.learn({ db, services }, allowed)) ?? false;
    },
  };
}

function refusalOf(ask: () => void): ParleyError | null {
  try {
    ask();
    return null;
  } catch (error) {
    if (error instanceof ParleyError) return error;
    throw error;
  }
}
