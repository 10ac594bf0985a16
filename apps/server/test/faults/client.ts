import { setTimeout as delay } from 'node:timers/promises';
import { ZodError } from 'zod';
import type { CommandInput, CommandName } from '@parley/shared/protocol/commands.ts';
import { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { parseEvent, type UnknownEvent } from '@parley/shared/protocol/events.ts';
import type { Goodbye, Reply } from '@parley/shared/protocol/frames.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { apply } from '@parley/shared/state/apply.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';
import { connectHttpSse } from './http-sse.ts';
import type { TransportName } from './plan.ts';
import { connectSocketIo } from './socket-io.ts';
import { Refused, type Batch, type Connect, type Link } from './transport.ts';
import { until, within } from './waiting.ts';
import { connectWebSocket } from './web-socket.ts';

const transports: Record<TransportName, Connect> = {
  'socket-io': connectSocketIo,
  'web-socket': connectWebSocket,
  'http-sse': connectHttpSse,
};

/** A connection that does not answer for so long is given up; later attempts of a command are more patient. */
const answersWithinMs = 1_500;
const mostPatience = 6;
/** Any server that is there at all has answered by then. */
export const settlesWithinMs = 90_000;
const retryMs = 60;
const duplicateMs = 800;

/** The client took everything from after `from` up to `to`, of a connection that began with the log at `head`. */
export type Span = { from: number; to: number; head: number | null };

/** How a command ended. Each attempt but the last may have been carried out all the same. */
export type Settled = { attempts: number; reply: Reply };

/** One signed-in device: keeps its connection, its place in the stream, and the state that the stream makes. */
export class Client {
  readonly name: string;
  readonly transport: TransportName;
  /** What the client saw that must never be. */
  readonly violations: string[] = [];
  readonly received: UnknownEvent[] = [];
  readonly spans: Span[] = [];
  readonly counts = { links: 0, attempts: 0, retries: 0 };
  readonly #url: string;
  session: SignedIn;
  #state: State | null = null;
  #link: Link | null = null;
  #wanted = false;
  #keeping: Promise<void> | null = null;

  constructor(options: { name: string; url: string; transport: TransportName; session: SignedIn }) {
    this.name = options.name;
    this.transport = options.transport;
    this.session = options.session;
    this.#url = options.url;
  }

  get userId(): string {
    return this.session.user.id;
  }

  get state(): State {
    if (!this.#state) throw new Error(`${this.name} has no snapshot yet`);
    return this.#state;
  }

  begin(snapshot: Snapshot): void {
    this.#state = fromSnapshot(snapshot);
  }

  /** Comes online, and stays so over whatever happens. */
  wake(): void {
    this.#wanted = true;
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = null;
    });
  }

  /** Goes offline; what it holds is kept. */
  async sleep(): Promise<void> {
    this.#wanted = false;
    this.#link?.close();
    await within(settlesWithinMs, this.#keeping ?? Promise.resolve(), `${this.name} goes offline`);
  }

  /** Makes a new connection, for the old one may be dead without knowing it. */
  reconnect(): void {
    this.#link?.close();
  }

  /** Forgets everything and begins with a fresh snapshot, as a new installation does. */
  async forget(): Promise<void> {
    const { reply } = await this.settle('sync.bootstrap', {});
    await this.sleep();
    if (reply.ok) {
      const snapshot = Snapshot.parse(reply.output);
      // A snapshot from before what the client has would make it take events twice.
      if (snapshot.position >= this.state.position) this.begin(snapshot);
    } else this.violations.push(`sync.bootstrap was refused: ${reply.error.code}`);
    this.wake();
  }

  /** Opens a second connection of the same session for a while, which tells again what is known already. */
  async duplicate(olderBy: number): Promise<void> {
    const first = this.spans[0]?.from ?? this.state.position;
    const after = Math.max(first, this.state.position - olderBy);
    try {
      const link = await this.#connect(after, () => undefined);
      await Promise.race([delay(duplicateMs), link.closed]);
      link.close();
    } catch (error) {
      this.#judge(error);
    }
  }

  /** Asks until there is a definite answer, each time over whatever connection there is. */
  async settle<N extends CommandName>(name: N, input: CommandInput<N>): Promise<Settled> {
    const latest = performance.now() + settlesWithinMs;
    for (let attempts = 1; ; attempts += 1) {
      const patience = Math.min(attempts, mostPatience);
      const reply = await this.#attempt(name, input, patience * answersWithinMs);
      if (reply?.ok) return { attempts, reply };
      if (reply?.error.code === 'internal') this.violations.push(`${name}: internal`);
      const isDefinite = reply && !['unavailable', 'rate_limited'].includes(reply.error.code);
      if (isDefinite) return { attempts, reply };
      if (performance.now() > latest) {
        const last = reply ? `${reply.error.code}: ${reply.error.message}` : 'no answer';
        throw new Error(
          `${this.name}: ${name} got no definite answer in ${attempts} attempts, at last ${last}`,
        );
      }
      this.counts.retries += 1;
      await delay(retryMs);
    }
  }

  /** One attempt; null when no answer came. */
  async #attempt(name: string, input: unknown, withinMs: number): Promise<Reply | null> {
    await until(settlesWithinMs, () => this.#link !== null, `${this.name} is connected`);
    const link = this.#link;
    if (!link) return null;
    this.counts.attempts += 1;
    try {
      const lost = link.closed.then(() => null);
      const answer = Promise.race([link.command(name, input), lost]);
      return await within(withinMs, answer, `an answer to ${name}`);
    } catch (error) {
      this.#judge(error);
      link.close();
      return null;
    }
  }

  async #keep(): Promise<void> {
    while (this.#wanted) {
      try {
        let position = this.state.position;
        const link = await this.#connect(position, ({ after, position: to }) => {
          // Each batch says where it continues, and on one connection that is where the last one ended.
          if (after !== null && after !== position) {
            this.violations.push(`a batch continues from ${after} instead of ${position}`);
          }
          position = to;
        });
        this.counts.links += 1;
        this.#link = link;
        if (!this.#isWanted()) link.close();
        await link.closed;
      } catch (error) {
        this.#judge(error);
      }
      this.#link = null;
      if (this.#isWanted()) await delay(retryMs);
    }
  }

  /** As of now: it changes while something is awaited. */
  #isWanted(): boolean {
    return this.#wanted;
  }

  #connect(after: number, check: (batch: Batch) => void): Promise<Link> {
    return transports[this.transport]({
      url: this.#url,
      token: this.session.accessToken,
      after,
      epoch: this.state.epoch,
      take: (batch) => {
        check(batch);
        this.#take(batch);
      },
      goodbye: (goodbye) => this.#heed(goodbye),
    });
  }

  #take({ after, position, events, head }: Batch): void {
    let last = after ?? 0;
    for (const event of events) {
      if (event.position <= last || event.position > position) {
        this.violations.push(`event ${event.position} is out of order in ${last}–${position}`);
      }
      last = event.position;
    }
    const from = this.state.position;
    if (after !== null && after > from) {
      this.violations.push(`a batch continues from ${after}, the client is at ${from}`);
    }
    if (position <= from) return;
    let state = this.state;
    for (const raw of events) {
      if (raw.position <= from) continue;
      this.received.push(raw);
      const event = parseEvent(raw);
      if (event) state = apply(state, event);
      else this.violations.push(`the client does not know ${raw.type}`);
    }
    this.#state = { ...state, position };
    this.spans.push({ from, to: position, head });
  }

  #heed({ reason, reconnect }: Goodbye): void {
    if (!reconnect || reason === 'revoked') this.violations.push(`sent away: ${reason}`);
  }

  /** Networks may fail as they like; the server may refuse only what it cannot give at the moment. */
  #judge(error: unknown): void {
    if (error instanceof Refused && error.code !== 'unavailable' && error.code !== 'rate_limited') {
      this.violations.push(`refused: ${error.message}`);
    }
    if (error instanceof ZodError) this.violations.push(`nonsense was sent: ${error.message}`);
  }
}
