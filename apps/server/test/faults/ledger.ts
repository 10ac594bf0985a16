import type { Reply } from '@parley/shared/protocol/frames.ts';
import type { Settled } from './client.ts';

/** What a client asked for, enough to recognise it in the log. */
export type Wish =
  | {
      kind: 'post';
      channelId: string;
      nonce: string;
      text: string;
      threadRootId: string | null;
    }
  | { kind: 'edit'; messageId: string; text: string }
  | { kind: 'delete'; messageId: string }
  | { kind: 'react' | 'unreact'; messageId: string; emoji: string }
  | { kind: 'join' | 'leave'; channelId: string };

/** A command with how it ended. */
export type Deed = Wish & {
  client: string;
  userId: string;
  attempts: number;
  /** Null while it is under way. */
  reply: Reply | null;
  /** Moments on the test's own clock, which counts beginnings and ends. */
  begunAt: number;
  settledAt: number;
  /** Events of the log that turned out to be of this command. */
  events: number[];
};

export type DeedOf<K extends Wish['kind']> = Extract<Deed, { kind: K }>;

/** How often this may have been carried out: each attempt without an answer may have been, also late. */
export function mostEvents({ kind, attempts, reply }: Deed): number {
  const most = reply?.ok ? attempts : attempts - 1;
  // Posts carry a nonce, by which the server knows them again.
  return kind === 'post' ? Math.min(1, most) : most;
}

/** Everything that the clients asked for, in the order of asking. */
export class Ledger {
  readonly deeds: Deed[] = [];
  #clock = 0;

  async record(
    who: { name: string; userId: string },
    wish: Wish,
    settling: () => Promise<Settled>,
  ): Promise<Reply> {
    const deed: Deed = {
      ...wish,
      client: who.name,
      userId: who.userId,
      attempts: 0,
      reply: null,
      begunAt: (this.#clock += 1),
      settledAt: Infinity,
      events: [],
    };
    this.deeds.push(deed);
    const { attempts, reply } = await settling();
    deed.attempts = attempts;
    deed.reply = reply;
    deed.settledAt = this.#clock += 1;
    return reply;
  }
}
