import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { EventBatch } from '@parley/shared/protocol/frames.ts';
import { digest, toComparable } from '@parley/shared/state/digest.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';
import { idOf } from '../../../packages/shared/test/entities.ts';
import { ModelWorkspace } from '../../../packages/shared/test/model.ts';
import { Mirror } from '../src/live/mirror.ts';
import { settle } from './settle.ts';

type Request = {
  snapshot: Snapshot | null;
  resolve: (snapshot: Snapshot) => void;
  reject: (error: Error) => void;
};

/** What becomes of a batch on its way. */
export type Fate = 'comes' | 'is lost' | 'comes twice' | 'is broken';

export const room = idOf(0x100);

/** A mirror at the end of a connection that loses, doubles and breaks what a model of the server says. */
export class MirrorWorld {
  readonly server = new ModelWorkspace('member', 3, 2);
  readonly mirror: Mirror;
  readonly troubles: string[] = [];
  /** Of the events that the mirror told, since it last began anew. */
  readonly told: number[] = [];
  readonly requests: Request[] = [];
  snapshots = 0;
  broken = 0;
  readonly excesses: string[] = [];
  isConnected = false;
  /** How far the connection has brought the stream. */
  #sent = 0;

  constructor() {
    for (const userId of this.server.users.keys()) this.server.join(room, userId);
    this.mirror = new Mirror({
      bootstrap: () =>
        new Promise((resolve, reject) => {
          this.requests.push({ snapshot: null, resolve, reject });
        }),
      verify: (input) => Promise.resolve(this.#verify(input)),
      onEvent: ({ position }) => this.told.push(position),
      onSnapshot: () => {
        this.snapshots += 1;
        this.told.length = 0;
      },
      onChange: () => undefined,
      onBroken: () => {
        this.broken += 1;
        this.disconnect();
      },
      onExcess: (excess) => {
        this.excesses.push(excess);
        this.disconnect();
      },
      onTrouble: (trouble) => this.troubles.push(trouble),
    });
  }

  /** What the mirror holds, to be compared with what is fresh. */
  get held(): unknown {
    return comparable(this.mirror.state);
  }

  get fresh(): unknown {
    return comparable(fromSnapshot(this.server.snapshot()));
  }

  /** Goes on from where the mirror is, or from now where a snapshot is due. */
  connect(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.#sent = this.mirror.cursor?.after ?? this.server.told.length;
    void this.mirror.refresh();
  }

  disconnect(): void {
    this.isConnected = false;
    for (const { reject } of this.requests.splice(0)) reject(new ParleyError('unavailable', 'no'));
  }

  /** The server says what it has to say, at most so many events in a batch; without any it is a heartbeat. */
  send(count: number, fate: Fate = 'comes'): void {
    if (!this.isConnected) return;
    const batch = this.#batch(count, fate);
    this.#sent = batch.position;
    if (fate !== 'is lost') this.mirror.take(batch);
    if (fate === 'comes twice') this.mirror.take(batch);
  }

  /** The server takes the snapshot that was asked for. */
  read(): void {
    const request = this.requests.find(({ snapshot }) => snapshot === null);
    if (request) request.snapshot = this.server.snapshot();
  }

  /** A snapshot that was taken comes. */
  async answer(): Promise<void> {
    const { snapshot, resolve } = this.requests[0] ?? {};
    if (snapshot) {
      this.requests.shift();
      resolve?.(snapshot);
    }
    await settle();
  }

  async answerAll(): Promise<void> {
    while (this.requests.length > 0) {
      this.read();
      await this.answer();
    }
  }

  async fail(): Promise<void> {
    this.requests.shift()?.reject(new ParleyError('internal', 'no'));
    await settle();
  }

  /** Everything that was said comes, over as many connections as that takes. */
  async finish(): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      this.connect();
      this.send(Number.MAX_SAFE_INTEGER);
      await this.answerAll();
    }
  }

  #batch(count: number, fate: Fate): EventBatch {
    const events = structuredClone(this.server.told.slice(this.#sent, this.#sent + count));
    const position = this.#sent + events.length;
    const middle = events[Math.floor(events.length / 2)];
    const broken = { ...middle, data: { nonsense: true } };
    return {
      after: this.#sent,
      position,
      events: events.map((event) =>
        fate === 'is broken' && event === middle ? { ...event, ...broken } : event,
      ),
    };
  }

  #verify(input: CommandInput<'sync.verify'>): CommandOutput<'sync.verify'> {
    const repairs = this.server.snapshot();
    if (input.position !== repairs.position) return { ok: true, compared: false };
    if (input.digest === digest(fromSnapshot(repairs))) return { ok: true, compared: true };
    return { ok: false, compared: true, repairs };
  }
}

function comparable(state: State | null): unknown {
  return state && { position: state.position, content: toComparable(state) };
}
