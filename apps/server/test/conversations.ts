import { randomUUID } from 'node:crypto';
import type { Channel } from '@parley/shared/protocol/channel.ts';
import type { CommandInput, CommandName, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { readHead } from '../src/log/head.ts';
import { Encoded } from '../src/commands/run-command.ts';
import { call, type TestServer } from './server.ts';
import { toldSince } from './told.ts';

type Reply = { threadRootId?: Id; alsoToChannel?: boolean; nonce?: string };

/** What an action appended to the log, without where and when. */
export type Told = { type: string; audience: string; data: Record<string, unknown> };

/** What suites about conversations do all the time. For suites where nobody else writes meanwhile. */
export class Conversations {
  readonly #server: TestServer;

  constructor(server: TestServer) {
    this.#server = server;
  }

  ask<N extends CommandName>(
    who: SignedIn,
    name: N,
    input: CommandInput<N>,
  ): Promise<CommandOutput<N>> {
    return call(this.#server.url, who.accessToken, name, input);
  }

  /** Hands the command over in this very turn, so that all of a turn are one batch of the writer. */
  async hand<N extends CommandName>(
    { user, sessionId }: SignedIn,
    name: N,
    input: CommandInput<N>,
  ): Promise<CommandOutput<N>> {
    const output = await this.#server.server.runCommand({
      name,
      input,
      actor: { userId: user.id, sessionId, role: user.role },
      origin: { requestId: randomUUID(), address: '' },
      live: {
        setPresence: () => undefined,
        watchPresence: () => [],
        sendEphemeral: () => undefined,
      },
    });
    return (output instanceof Encoded ? output.toJSON() : output) as CommandOutput<N>;
  }

  /** A channel of `who` with these people in it. */
  async channel(
    who: SignedIn,
    kind: 'public' | 'private',
    people: SignedIn[] = [],
    name = `c-${randomUUID()}`,
  ): Promise<Channel> {
    const userIds = people.map(({ user }) => user.id);
    const { channel } = await this.ask(who, 'channel.create', { kind, name, userIds });
    return channel;
  }

  async direct(who: SignedIn, people: SignedIn[]): Promise<Channel> {
    const userIds = people.map(({ user }) => user.id);
    const { channel } = await this.ask(who, 'channel.openDirect', { userIds });
    return channel;
  }

  async post(who: SignedIn, channelId: Id, text: string, reply: Reply = {}): Promise<Message> {
    const input = { channelId, text, nonce: randomUUID(), ...reply };
    const { message } = await this.ask(who, 'message.post', input);
    return message;
  }

  /** The membership of `who` with its counts as of now. */
  async membership(who: SignedIn, channelId: Id) {
    const { membership } = await this.ask(who, 'channel.get', { channelId });
    if (!membership) throw new Error('not in this channel');
    return membership;
  }

  /** Runs the action; resolves to what it came to and all that it told. */
  async telling<T>(action: () => Promise<T>): Promise<{ output: T; told: Told[] }> {
    const { position } = await readHead(this.#server.db);
    const output = await action();
    const rows = await toldSince(this.#server.db, position);
    return { output, told: rows.map(({ type, audience, data }) => ({ type, audience, data })) };
  }
}

/** The events as `[type, audience]`. */
export function headings(told: Told[]): [type: string, audience: string][] {
  return told.map(({ type, audience }) => [type, audience]);
}

/** Whether an e-mail address is anywhere in the events. */
export function carriesEmail(told: Told[]): boolean {
  return JSON.stringify(told).includes('@example.com');
}

/** What each of these attempts was refused with, as `code` or `code reason`; `done` for one that was not. */
export async function refusals(attempts: Promise<unknown>[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(attempts);
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'done';
    const { reason: error } = outcome as { reason: unknown };
    if (!(error instanceof ParleyError)) throw error;
    return [error.code, error.reason].filter(Boolean).join(' ');
  });
}
