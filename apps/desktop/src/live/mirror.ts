import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { assertBounded, Excessive, type Excess } from './bounds.ts';
import { parseEvent, type Event } from '@parley/shared/protocol/events.ts';
import type { EventBatch } from '@parley/shared/protocol/frames.ts';
import { apply } from '@parley/shared/state/apply.ts';
import { digest } from '@parley/shared/state/digest.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';

/** More batches than these do not wait for a snapshot: what is missing then comes by a resume. */
const maxEarly = 1_000;

export type MirrorOptions = {
  bootstrap: () => Promise<Snapshot>;
  verify: (input: CommandInput<'sync.verify'>) => Promise<CommandOutput<'sync.verify'>>;
  /** Each event once, with the state before and after it. */
  onEvent: (event: Event, before: State, after: State) => void;
  /** The state began anew: whatever else was made of events may have holes. */
  onSnapshot: (state: State) => void;
  /** The state has changed; once a batch. */
  onChange: () => void;
  /** Something between what is held and what came is missing, or no snapshot came: begin again from `cursor`. */
  onBroken: () => void;
  /** The server has more than is held. What was held before stays. */
  onExcess: (excess: Excess) => void;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** What the server says, held here: a snapshot, kept up to date by the events of one's stream. */
export class Mirror {
  readonly #options: MirrorOptions;
  #state: State | null = null;
  #expired = false;
  #fetching = false;
  /** Batches that come while a snapshot is on its way. */
  #early: EventBatch[] = [];
  /** How often what was held differed from what the server had; 0 in a healthy life. */
  repairs = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  get state(): State | null {
    return this.#state;
  }

  /** Whether what is held is nothing to go on from. */
  get snapshotDue(): boolean {
    return this.#expired || this.#state === null || this.#state.needsSnapshot;
  }

  /** Where to go on; null when only a snapshot helps. */
  get cursor(): { after: number; epoch: string } | null {
    if (this.snapshotDue || !this.#state) return null;
    return { after: this.#state.position, epoch: this.#state.epoch };
  }

  /** Takes up what an earlier run of the app held. */
  restore(snapshot: Snapshot): void {
    this.#state = fromSnapshot(snapshot);
    this.#options.onChange();
  }

  /** What is held may still be shown, but nothing can be added to it. */
  expire(): void {
    this.#expired = true;
  }

  /** Fetches a snapshot if one is due. The connection is there when this is called. */
  async refresh(): Promise<void> {
    if (!this.snapshotDue || this.#fetching) return;
    this.#fetching = true;
    this.#early = [];
    try {
      this.#begin(await this.#options.bootstrap());
    } catch (error) {
      this.#options.onTrouble('no snapshot could be had', error);
      this.#fail(error);
      return;
    } finally {
      this.#fetching = false;
    }
    // One that cannot be read makes the rest wait for the next snapshot.
    for (const batch of this.#early.splice(0)) this.take(batch);
  }

  take(batch: EventBatch): void {
    if (!this.#fetching && !this.snapshotDue) this.#apply(batch);
    else if (this.#early.length < maxEarly) this.#early.push(batch);
  }

  /** Compares what is held with what the server has, and takes what the server has when they differ. */
  async verify(): Promise<void> {
    const state = this.#state;
    if (!state || this.snapshotDue || this.#fetching) return;
    try {
      const input = { position: state.position, digest: digest(state) };
      const { ok, repairs } = await this.#options.verify(input);
      if (ok || !repairs) return;
      this.repairs += 1;
      const { position } = state;
      this.#options.onTrouble('what was held differed from the server', { position });
      if (this.#state && this.#state.position <= repairs.position) this.#begin(repairs);
    } catch (error) {
      if (error instanceof Excessive) this.#fail(error);
      else if (!(error instanceof ParleyError)) throw error;
      // Not now: the next time does.
    }
  }

  #fail(error: unknown): void {
    if (error instanceof Excessive) this.#options.onExcess(error.excess);
    else this.#options.onBroken();
  }

  #begin(snapshot: Snapshot): void {
    assertBounded({ people: snapshot.users.length, conversations: snapshot.channels.length });
    this.#expired = false;
    const state = fromSnapshot(snapshot);
    this.#state = state;
    this.#options.onSnapshot(state);
    this.#options.onChange();
  }

  #apply(batch: EventBatch): void {
    const state = this.#state;
    if (!state || batch.position <= state.position) return;
    if (batch.after > state.position) {
      this.#options.onTrouble('a gap in the stream', {
        after: batch.after,
        position: state.position,
      });
      this.#options.onBroken();
      return;
    }
    try {
      for (const raw of batch.events) this.#applyRaw(raw);
      const { users, conversations } = this.#state ?? state;
      assertBounded({ people: users.size, conversations: conversations.size });
      if (this.#state) this.#state = { ...this.#state, position: batch.position };
    } catch (error) {
      this.#options.onTrouble('an event could not be read', error);
      this.#expired = true;
      if (error instanceof Excessive) {
        this.#state = state;
        this.#fail(error);
      }
    }
    this.#options.onChange();
    void this.refresh();
  }

  #applyRaw(raw: EventBatch['events'][number]): void {
    const before = this.#state;
    if (!before || raw.position <= before.position) return;
    const event = parseEvent(raw);
    if (!event) return;
    const after = apply(before, event);
    this.#state = after;
    this.#options.onEvent(event, before, after);
  }
}
