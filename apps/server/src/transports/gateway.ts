import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { ParleyError, type ErrorBody } from '@parley/shared/protocol/errors.ts';
import type { Authenticate } from '../commands/authenticate.ts';
import { networkOf } from '../commands/limits.ts';
import { Encoded, toParleyError, type RunCommand } from '../commands/run-command.ts';
import type { Actor } from '../live/session.ts';
import type { Hub } from '../live/hub.ts';
import type { LiveSession } from '../live/session.ts';
import type { Bodies } from './bodies.ts';
import type { Proxies } from './proxies.ts';
import type { Strangers } from './strangers.ts';

/** What every transport is built on: it only turns bytes into these calls and their results into bytes. */
export type Gateway = {
  runCommand: RunCommand;
  authenticate: Authenticate;
  hub: Hub;
  proxies: Proxies;
  strangers: Strangers;
  bodies: Bodies;
  log: Logger;
};

/** Commands of one connection that may be under way at a time. */
export const maxCommandsUnderWay = 1_000;

/** Answers that a connection may leave lying; one that asks on without reading is ended. */
export const maxBufferedAnswerBytes = 32 * 1024 * 1024;

/** The largest frame or body that a client may send, in bytes: a message of 16,000 characters, escaped. */
export const maxFrameBytes = 256 * 1024;

/** What a command is answered. */
export type Reply = { ok: true; output: object } | { ok: false; error: ErrorBody };

/** The reply as JSON; what is encoded already is taken as it is. */
export function replyJson(reply: Reply): string {
  if (!reply.ok || !(reply.output instanceof Encoded)) return JSON.stringify(reply);
  return `{"ok":true,"output":${reply.output.json}}`;
}

/** Runs a command for a client; never rejects. */
export async function reply(
  gateway: Gateway,
  request: {
    name: unknown;
    input: unknown;
    actor: Actor | null;
    session: LiveSession | null;
    address: string;
  },
): Promise<Reply> {
  const { actor, session, address, input } = request;
  try {
    if (typeof request.name !== 'string') {
      throw new ParleyError('invalid_input', 'A command is named by a string.');
    }
    const output = await gateway.runCommand({
      name: request.name,
      input,
      actor,
      origin: { requestId: randomUUID(), address: networkOf(address) },
      live: gateway.hub.liveFor(actor, session),
    });
    return { ok: true, output };
  } catch (error) {
    return { ok: false, error: toParleyError(error).toBody() };
  }
}

/** Counts the commands of one connection, so that a flood is refused before it is worked on. */
export class UnderWay {
  #count = 0;

  /** Runs the task, or answers `rate_limited` when too many run already. */
  async run<T>(task: () => Promise<T>, refuse: (error: ErrorBody) => T): Promise<T> {
    if (this.#count >= maxCommandsUnderWay) {
      const message = 'Too many commands at once. Wait for answers.';
      return refuse({ code: 'rate_limited', message, retryAfterMs: 1_000 });
    }
    this.#count += 1;
    try {
      return await task();
    } finally {
      this.#count -= 1;
    }
  }
}
