import {
  commands,
  isCommandName,
  type CommandName,
  type ParsedInput,
} from '@parley/shared/protocol/commands.ts';
import { invalidInput, ParleyError } from '@parley/shared/protocol/errors.ts';
import { roleMay } from '@parley/shared/protocol/permissions.ts';
import { isConnectionTrouble, type Database } from '../database/client.ts';
import type { Actor, ActorOf, Live, Origin, Services } from '../features/handler.ts';
import type { JobGroup } from './batch.ts';
import type { Catalogue } from './catalogue.ts';
import { groupOf } from './groups.ts';
import type { CommandLimits } from './limits.ts';
import type { Turns } from './turns.ts';
import type { Writer } from './writer.ts';

export { Encoded } from '../database/entities/encoded.ts';

export type CommandRequest = {
  name: string;
  input: unknown;
  /** Null: not signed in. */
  actor: Actor | null;
  origin: Origin;
  /** What is live on the connection that asks. */
  live: Live;
};

/** Runs one command and resolves to its output, which may be `Encoded`. Rejects with a ParleyError, whatever went wrong. */
export type RunCommand = (request: CommandRequest) => Promise<object>;

export type RunnerDeps = {
  db: Database;
  writer: Writer;
  catalogue: Catalogue;
  services: Services;
  limits: CommandLimits;
  /** Who may read now. */
  reads: Turns;
  /** Who asks as of now: a connection may be older than the role of its person. Rejects when the session has ended. */
  currentActor: (claimed: Actor) => Promise<Actor>;
  now: () => Date;
  /** Told of every command: for metrics. */
  observe: (done: { command: string; code: string; seconds: number }) => void;
};

/**
 * The one path to any change: actor → parse → permission → rate → transaction → handler → append → commit →
 * hint → reply. Whatever a handler throws leaves here as a ParleyError; a bug is logged with its request id.
 */
export function createRunner(deps: RunnerDeps): RunCommand {
  const groups = groupsOf(deps);
  return async (request) => {
    const startedAt = performance.now();
    const facts: Record<string, unknown> = {
      requestId: request.origin.requestId,
      actorId: request.actor?.userId ?? null,
    };
    let code = 'ok';
    try {
      return await dispatch(deps, groups, request, facts);
    } catch (error) {
      const failure = toParleyError(error);
      code = failure.code;
      if (failure.code === 'internal') {
        deps.services.log.error(
          { ...facts, command: request.name, err: error },
          'a command failed',
        );
      }
      throw failure;
    } finally {
      const ms = performance.now() - startedAt;
      const command = isCommandName(request.name) ? request.name : 'unknown';
      deps.observe({ command, code, seconds: ms / 1000 });
      deps.services.log.info({ ...facts, command, code, ms: Math.round(ms * 10) / 10 }, 'command');
    }
  };
}

type Groups = ReadonlyMap<CommandName, JobGroup<unknown, object>>;

function groupsOf({ catalogue, services }: RunnerDeps): Groups {
  const groups = new Map<CommandName, JobGroup<unknown, object>>();
  for (const [name, handler] of Object.entries(catalogue)) {
    if (handler.effect !== 'grouped write' || !isCommandName(name)) continue;
    const assert = (actor: Actor | null) => {
      assertMay(actor, name);
    };
    // The group is handed only inputs that the schema of its own command has parsed.
    const group = groupOf<CommandName>(handler, services, assert);
    groups.set(name, group);
  }
  return groups;
}

async function dispatch(
  deps: RunnerDeps,
  groups: Groups,
  request: CommandRequest,
  facts: Record<string, unknown>,
): Promise<object> {
  const { name, origin } = request;
  if (!isCommandName(name)) throw new ParleyError('not_found', 'There is no such command.');
  const { permission, input: schema } = commands[name];
  await deps.limits.take(
    request.actor
      ? { sessionId: request.actor.sessionId }
      : { address: origin.address || 'unknown' },
  );
  const actor = request.actor && (await deps.currentActor(request.actor));
  if (permission !== 'anyone' && !actor) {
    throw new ParleyError('unauthenticated', 'Sign in first.');
  }
  const parsed = schema.safeParse(request.input ?? {});
  if (!parsed.success) throw invalidInput(parsed.error);
  assertMay(actor, name);
  // The schema found by this name parsed it.
  const current = { ...request, actor };
  return execute(deps, groups, current, name, parsed.data as ParsedInput<typeof name>, facts);
}

function assertMay(actor: Actor | null, name: CommandName): void {
  if (roleMay(actor?.role ?? null, commands[name].permission)) return;
  throw new ParleyError('forbidden', 'Your role does not allow this.');
}

/** `N` is one command: the input was parsed by its schema, and its handler takes that input and no other. */
async function execute<N extends CommandName>(
  deps: RunnerDeps,
  groups: Groups,
  request: CommandRequest,
  name: N,
  input: ParsedInput<N>,
  facts: Record<string, unknown>,
): Promise<object> {
  const { db, services } = deps;
  const base = { origin: request.origin, services, now: deps.now() };
  // dispatch() let a null actor through only where ActorOf<N> allows one.
  const actor = request.actor as ActorOf<N>;
  const handler = deps.catalogue[name];
  switch (handler.effect) {
    case 'read': {
      const party = request.actor?.sessionId ?? request.origin.address;
      return deps.reads.run(party, () => handler.run({ ...base, actor, db }, input));
    }
    case 'signal':
      return handler.run({ ...base, actor, db, live: request.live }, input);
    case 'write': {
      const prepared = await handler.prepare?.({ ...base, actor, db }, input);
      const written = await deps.writer.submit<object, unknown>({
        actor: request.actor,
        run: (context) => {
          assertMay(context.actor, name);
          const current = context.actor as ActorOf<N>;
          return handler.run({ ...base, ...context, actor: current }, input, prepared);
        },
      });
      facts.position = written.position;
      facts.batch = written.batchSize;
      return written.output;
    }
    case 'grouped write': {
      const group = groups.get(name);
      if (!group) throw new Error('a grouped command without its group');
      const written = await deps.writer.submit<object, unknown>({
        actor: request.actor,
        group,
        input,
      });
      facts.position = written.position;
      facts.batch = written.batchSize;
      return written.output;
    }
  }
}

/** An expected failure as it is, trouble with the database as `unavailable`, anything else as `internal`. */
export function toParleyError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  if (isConnectionTrouble(error)) {
    return new ParleyError('unavailable', 'The database did not answer. Try again in a moment.', {
      retryAfterMs: 1_000,
      cause: error,
    });
  }
  return new ParleyError('internal', 'Something went wrong on the server.', { cause: error });
}
