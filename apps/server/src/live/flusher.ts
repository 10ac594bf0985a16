import { FrameMaker } from './event-frame.ts';
import { flushRestMs } from './flush-rest.ts';
import { isSlow, type LiveSession } from './session.ts';

export type FlusherOptions = {
  /** Events up to here have been handed out to the sessions that are to hear them. */
  position: () => number;
  /** Told of a session whose network does not take what was written: its connection must end. */
  endSlow: (session: LiveSession) => void;
};

/**
 * Writes to sessions what waits for them: one write per session for all events of a turn, and after a flush a rest
 * in which more may gather. A lone event leaves at once.
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #dirty = new Set<LiveSession>();
  #scheduled = false;
  #notBefore = 0;
  /** Since the last flush. */
  #came = { events: 0, commits: 0 };

  constructor(options: FlusherOptions) {
    this.#options = options;
  }

  /** So many events of one commit, or of several that were read together, are about to be handed to sessions. */
  expect(events: number): void {
    this.#came.events += events;
    this.#came.commits += 1;
  }

  /** Something waits for this session. */
  mark(session: LiveSession): void {
    this.#dirty.add(session);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = () => {
      this.#flush();
    };
    const waitMs = this.#notBefore - performance.now();
    // At the soonest after the acknowledgements of this turn have been written, for all events of the turn.
    if (waitMs < 1) setImmediate(flush);
    else setTimeout(flush, waitMs);
  }

  /** Whether something waits for this session. */
  has(session: LiveSession): boolean {
    return this.#dirty.has(session);
  }

  /** Nothing more is written to this session. */
  forget(session: LiveSession): void {
    this.#dirty.delete(session);
  }

  /**
   * Writes to one session what waits for it. Returns how many events it wrote. `frames` knows what has been handed
   * out, which in a batch is not its end.
   */
  flushSession(session: LiveSession, frames: FrameMaker): number {
    if (isSlow(session)) {
      this.#options.endSlow(session);
      return 0;
    }
    const events = session.takeWaiting();
    if (events.length > 0) {
      session.send(frames.frame(session.actor.userId, session.position, events), Date.now());
    }
    session.flushEphemeral();
    return events.length;
  }

  #flush(): void {
    const startedAt = performance.now();
    this.#scheduled = false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    const came = this.#came;
    this.#came = { events: 0, commits: 0 };
    const frames = new FrameMaker(this.#options.position());
    let deliveries = 0;
    for (const each of dirty) {
      if (each.state === 'live') deliveries += this.flushSession(each, frames);
    }
    const endedAt = performance.now();
    const rest = flushRestMs({
      workMs: endedAt - startedAt,
      eventsPerWrite: deliveries / Math.max(1, dirty.length),
      eventsPerCommit: came.events / Math.max(1, came.commits),
    });
    this.#notBefore = endedAt + rest;
  }
}
