import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import { Ephemeral, EventBatch, Goodbye, Hello, Reply } from '@parley/shared/protocol/frames.ts';
import { backoffMs, capMs } from './backoff.ts';
import { Inflow, type Excess } from './bounds.ts';
import type { FrameName, OpenWire, Wire } from './wire.ts';

const commandDeadlineMs = 10_000;
/** From the beginning of an attempt to the server's hello: token, connection and handshake. */
const attemptDeadlineMs = 20_000;
/** A connection that has lasted so long was a good one: the next attempt after it is a first one. */
const steadyAfterMs = 10_000;
/** An access token that has less than this left is refreshed before it is used. */
const minTokenMs = 30_000;

export type ConnectionStatus =
  | { kind: 'connecting' }
  | { kind: 'online' }
  /** `retryAt` is in milliseconds since the epoch. `excess`: the server sent more than is taken in. */
  | { kind: 'offline'; retryAt: number; excess?: Excess }
  | { kind: 'ended'; reason: 'signed_out' | 'unsupported_version' };

export type Access = { server: string; accessToken: string };

export type ConnectionOptions = {
  /** A good access token; null when nobody is signed in any more. Rejects when it cannot be had now. */
  getAccess: (minValidMs: number) => Promise<Access | null>;
  client: { name: string; version: string };
  /** Where to go on; null to begin from now. */
  cursor: () => { after: number; epoch: string } | null;
  onHello: (hello: Hello) => void;
  onBatch: (batch: EventBatch) => void;
  onEphemeral: (list: Ephemeral[]) => void;
  /** The place to go on from is gone: a snapshot is due. The connection tries again without a cursor. */
  onCursorExpired: () => void;
  onStatus: (status: ConnectionStatus) => void;
  now: () => number;
  random: () => number;
  /** Makes an attempt: over whatever carries frames. */
  openWire: OpenWire;
};

/** Keeps one connection to the server alive, whatever happens to it. */
export class Connection {
  readonly #options: ConnectionOptions;
  /** One for all connections: coming back makes nothing of it undone. */
  readonly #inflow: Inflow;
  #status: ConnectionStatus = { kind: 'connecting' };
  #wire: Wire | null = null;
  #attempt = 0;
  /** The next attempt, or the deadline of this one. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #steadyTimer: ReturnType<typeof setTimeout> | undefined;
  /** Rises with each attempt and each end of one: what comes from an earlier one is not heard. */
  #generation = 0;
  #stopped = true;
  #tokenWasRefused = false;
  #goodbye: Goodbye | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#inflow = new Inflow(options.now);
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    void this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** Tries at once instead of waiting for the next attempt. */
  tryNow(): void {
    if (this.#status.kind === 'offline') this.reconnect();
  }

  /** Leaves the connection and makes a new one at once. */
  reconnect(): void {
    if (this.#stopped) return;
    this.#attempt = 0;
    void this.#open();
  }

  /** Leaves a connection that cannot be used, and makes a new one after a while, longer each time. */
  giveUp(): void {
    if (!this.#stopped) this.#retry();
  }

  /** Leaves a server that sends more than is taken in, for as long as is ever waited. */
  refuse(excess: Excess): void {
    if (!this.#stopped) this.#retry(capMs, excess);
  }

  /** After a sleep a dead connection looks alive: asks for an answer within the deadline, else reconnects. */
  async probe(deadlineMs: number): Promise<void> {
    const wire = this.#wire;
    if (this.#status.kind !== 'online' || !wire) {
      // An attempt from before the sleep is as dead as a connection.
      this.reconnect();
      return;
    }
    try {
      await wire.request('server.info', {}, deadlineMs);
    } catch {
      if (this.#wire === wire) this.reconnect();
    }
  }

  /** Runs a command. Rejects with a ParleyError: `unavailable` when no answer came within ten seconds. */
  async command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
    const wire = this.#wire;
    if (!wire || this.#status.kind !== 'online') throw unreachable();
    let answer: unknown;
    try {
      answer = await wire.request(name, input, commandDeadlineMs);
    } catch (error) {
      throw unreachable(error);
    }
    const reply = Reply.safeParse(answer);
    if (!reply.success) throw unreadable(reply.error);
    if (!reply.data.ok) throw ParleyError.fromBody(reply.data.error);
    const output = commands[name].output.safeParse(reply.data.output);
    if (!output.success) throw unreadable(output.error);
    // The schema that was found by this name parsed it.
    return output.data as CommandOutput<N>;
  }

  async #open(): Promise<void> {
    this.#drop();
    const generation = this.#generation;
    this.#become({ kind: 'connecting' });
    this.#timer = setTimeout(() => this.#retry(), attemptDeadlineMs);
    let access: Access | null;
    try {
      access = await this.#options.getAccess(
        this.#tokenWasRefused ? Number.MAX_SAFE_INTEGER : minTokenMs,
      );
    } catch (error) {
      const retryAfterMs = error instanceof ParleyError ? error.retryAfterMs : undefined;
      if (generation === this.#generation) this.#retry(retryAfterMs);
      return;
    }
    if (generation !== this.#generation) return;
    if (access) this.#connect(access, generation);
    else this.#end('signed_out');
  }

  #connect({ server, accessToken }: Access, generation: number): void {
    const cursor = this.#options.cursor();
    const auth = { token: accessToken, ...cursor, client: this.#options.client };
    const whileCurrent =
      <Data extends unknown[]>(listener: (...data: Data) => void) =>
      (...data: Data) => {
        if (generation === this.#generation) listener(...data);
      };
    this.#wire = this.#options.openWire(server, auth, {
      frame: whileCurrent((name, data) => this.#take(name, data)),
      excessive: whileCurrent(() => this.refuse('too_large')),
      refused: whileCurrent((data) => this.#refused(data, cursor !== null)),
      closed: whileCurrent(() => this.#left()),
    });
  }

  #take(name: FrameName, data: unknown): void {
    if (!this.#inflow.take(countOf(data))) {
      this.refuse('too_fast');
      return;
    }
    switch (name) {
      case 'hello': {
        const hello = Hello.safeParse(data).data;
        if (hello) this.#welcome(hello);
        else this.#retry();
        return;
      }
      case 'events': {
        const batch = EventBatch.safeParse(data).data;
        if (batch) this.#options.onBatch(batch);
        else {
          this.#options.onCursorExpired();
          this.#retry();
        }
        return;
      }
      case 'ephemeral': {
        const list = Array.isArray(data) ? data : [];
        const known = list.flatMap((each) => Ephemeral.safeParse(each).data ?? []);
        if (known.length > 0) this.#options.onEphemeral(known);
        return;
      }
      case 'goodbye':
        this.#goodbye = Goodbye.safeParse(data).data ?? null;
    }
  }

  #welcome(hello: Hello): void {
    clearTimeout(this.#timer);
    this.#steadyTimer = setTimeout(() => (this.#attempt = 0), steadyAfterMs);
    this.#tokenWasRefused = false;
    this.#become({ kind: 'online' });
    this.#options.onHello(hello);
  }

  #refused(data: unknown, hadCursor: boolean): void {
    const body = ErrorBody.safeParse(data).data;
    switch (body?.code) {
      case 'cursor_expired':
        this.#options.onCursorExpired();
        // Without a cursor there is nothing that could expire; a server that says so is not asked in a hurry.
        if (hadCursor) void this.#open();
        else this.#retry(body.retryAfterMs);
        return;
      case 'unsupported_version':
        this.#end('unsupported_version');
        return;
      case 'token_expired':
      case 'unauthenticated': {
        // A fresh token settles it, or tells that the session is over; a second refusal in a row waits.
        const first = !this.#tokenWasRefused;
        this.#tokenWasRefused = true;
        if (first) void this.#open();
        else this.#retry(body.retryAfterMs);
        return;
      }
      default:
        this.#retry(body?.retryAfterMs);
    }
  }

  #left(): void {
    const goodbye = this.#goodbye;
    if (goodbye?.reason === 'unsupported_version') this.#end('unsupported_version');
    else if (goodbye?.reason === 'revoked') {
      // Whether it was this session, the token tells.
      this.#tokenWasRefused = true;
      this.#retry();
    } else if (goodbye && !goodbye.reconnect) this.#retry(capMs);
    else this.#retry(goodbye?.retryAfterMs);
  }

  #retry(afterMs = 0, excess?: Excess): void {
    this.#drop();
    const waitMs = afterMs + backoffMs(this.#attempt, this.#options.random);
    this.#attempt += 1;
    this.#become({
      kind: 'offline',
      retryAt: this.#options.now() + waitMs,
      ...(excess && { excess }),
    });
    this.#timer = setTimeout(() => void this.#open(), waitMs);
  }

  #end(reason: 'signed_out' | 'unsupported_version'): void {
    this.#drop();
    this.#stopped = true;
    this.#become({ kind: 'ended', reason });
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#steadyTimer);
    this.#generation += 1;
    this.#goodbye = null;
    const wire = this.#wire;
    this.#wire = null;
    wire?.close();
  }

  #become(status: ConnectionStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}

/** How much there is in a frame: each thing in it takes work. */
function countOf(data: unknown): number {
  const list = typeof data === 'object' && data !== null && 'events' in data ? data.events : data;
  return Array.isArray(list) ? Math.max(1, list.length) : 1;
}

function unreachable(cause?: unknown): ParleyError {
  return new ParleyError('unavailable', 'The server cannot be reached.', { cause });
}

function unreadable(cause: unknown): ParleyError {
  return new ParleyError('internal', 'The answer of the server cannot be read.', { cause });
}
