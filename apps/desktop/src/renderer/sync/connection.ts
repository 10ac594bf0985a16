import { io, type Socket } from 'socket.io-client';
import {
  commands,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '@parley/shared/protocol/commands.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import { Ephemeral, EventBatch, Goodbye, Hello, Reply } from '@parley/shared/protocol/frames.ts';
import { backoffMs } from './backoff.ts';

const commandDeadlineMs = 10_000;
const connectDeadlineMs = 10_000;
/** An access token that has less than this left is refreshed before it is used. */
const minTokenMs = 30_000;

export type ConnectionStatus =
  | { kind: 'connecting' }
  | { kind: 'online' }
  /** `retryAt` is in milliseconds since the epoch. */
  | { kind: 'offline'; retryAt: number }
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
};

/** Keeps one connection to the server alive, whatever happens to it. */
export class Connection {
  readonly #options: ConnectionOptions;
  #status: ConnectionStatus = { kind: 'connecting' };
  #socket: Socket | null = null;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #generation = 0;
  #stopped = true;
  #tokenWasRefused = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
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
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Tries at once instead of waiting for the next attempt. */
  tryNow(): void {
    if (this.#stopped || this.#status.kind !== 'offline') return;
    this.#attempt = 0;
    void this.#open();
  }

  /** After a sleep a dead connection looks alive: asks for an answer within the deadline, else reconnects. */
  async probe(deadlineMs: number): Promise<void> {
    if (this.#status.kind === 'offline') {
      this.tryNow();
      return;
    }
    const socket = this.#socket;
    if (this.#status.kind !== 'online' || !socket) return;
    try {
      await socket.timeout(deadlineMs).emitWithAck('command', 'server.info', {});
    } catch {
      if (this.#socket === socket) this.reconnect();
    }
  }

  /** Leaves the connection and makes a new one. */
  reconnect(): void {
    if (this.#stopped) return;
    this.#attempt = 0;
    void this.#open();
  }

  /** Runs a command. Rejects with a ParleyError: `unavailable` when no answer came within ten seconds. */
  async command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
    const socket = this.#socket;
    if (!socket || this.#status.kind !== 'online') throw unreachable();
    let answer: unknown;
    try {
      answer = await socket.timeout(commandDeadlineMs).emitWithAck('command', name, input);
    } catch (error) {
      throw unreachable(error);
    }
    const reply = Reply.safeParse(answer);
    if (!reply.success) throw unreachable(reply.error);
    if (!reply.data.ok) throw ParleyError.fromBody(reply.data.error);
    const output = commands[name].output.safeParse(reply.data.output);
    if (!output.success) throw unreachable(output.error);
    // The schema that was found by this name parsed it.
    return output.data as CommandOutput<N>;
  }

  async #open(): Promise<void> {
    clearTimeout(this.#timer);
    this.#drop();
    const generation = ++this.#generation;
    this.#become({ kind: 'connecting' });
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
    if (generation !== this.#generation || this.#stopped) return;
    if (!access) {
      this.#end('signed_out');
      return;
    }
    this.#connect(access, generation);
  }

  #connect({ server, accessToken }: Access, generation: number): void {
    const cursor = this.#options.cursor();
    const socket = io(server, {
      transports: ['websocket'],
      // When to try again is decided here, by one policy.
      reconnection: false,
      forceNew: true,
      timeout: connectDeadlineMs,
      auth: { token: accessToken, ...cursor, client: this.#options.client },
    });
    this.#socket = socket;
    const current = () => generation === this.#generation && !this.#stopped;
    let goodbye: Goodbye | null = null;
    socket.on('connect_error', (error) => {
      if (current()) this.#refused(error);
    });
    socket.on('hello', (frame: unknown) => {
      const hello = Hello.safeParse(frame);
      if (!current() || !hello.success) return;
      this.#attempt = 0;
      this.#tokenWasRefused = false;
      this.#become({ kind: 'online' });
      this.#options.onHello(hello.data);
    });
    socket.on('events', (frame: unknown) => {
      if (!current()) return;
      const batch = EventBatch.safeParse(frame);
      if (batch.success) this.#options.onBatch(batch.data);
      else this.#options.onCursorExpired();
    });
    socket.on('ephemeral', (frame: unknown) => {
      const list = Array.isArray(frame) ? frame : [];
      const known = list.flatMap((each) => Ephemeral.safeParse(each).data ?? []);
      if (current() && known.length > 0) this.#options.onEphemeral(known);
    });
    socket.on('goodbye', (frame: unknown) => {
      goodbye = Goodbye.safeParse(frame).data ?? null;
    });
    socket.on('disconnect', () => {
      if (current()) this.#left(goodbye);
    });
  }

  #refused(error: Error): void {
    const body = 'data' in error ? ErrorBody.safeParse(error.data).data : undefined;
    switch (body?.code) {
      case 'cursor_expired':
        this.#options.onCursorExpired();
        this.reconnect();
        return;
      case 'unsupported_version':
        this.#end('unsupported_version');
        return;
      case 'token_expired':
      case 'unauthenticated': {
        // A fresh token settles it, or tells that the session is over; a second refusal in a row waits.
        const first = !this.#tokenWasRefused;
        this.#tokenWasRefused = true;
        if (first) this.reconnect();
        else this.#retry();
        return;
      }
      default:
        this.#retry(body?.retryAfterMs);
    }
  }

  #left(goodbye: Goodbye | null): void {
    if (goodbye?.reason === 'unsupported_version') this.#end('unsupported_version');
    else if (goodbye?.reason === 'revoked') {
      // Whether it was this session, the token tells.
      this.#tokenWasRefused = true;
      this.#retry(0);
    } else this.#retry(goodbye?.retryAfterMs);
  }

  #retry(afterMs?: number): void {
    this.#drop();
    const waitMs = afterMs ?? backoffMs(this.#attempt, this.#options.random);
    this.#attempt += 1;
    this.#become({ kind: 'offline', retryAt: this.#options.now() + waitMs });
    this.#timer = setTimeout(() => void this.#open(), waitMs);
  }

  #end(reason: 'signed_out' | 'unsupported_version'): void {
    this.#drop();
    this.#stopped = true;
    this.#become({ kind: 'ended', reason });
  }

  #drop(): void {
    this.#generation += 1;
    this.#socket?.disconnect();
    this.#socket = null;
  }

  #become(status: ConnectionStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}

function unreachable(cause?: unknown): ParleyError {
  return new ParleyError('unavailable', 'The server cannot be reached.', { cause });
}
