import { FrameMaker } from './event-frame.ts';
import { isSlow, type LiveSession } from './session.ts';

/**
 * After a flush comes a rest as long as its work, and no longer than this: commands have their turn, and what comes
 * meanwhile shares its writes. Several times as long would save nothing, as commits bring what is posted together
 * already.
 */
const maxRestMs = 25;

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

  constructor(options: FlusherOptions) {
    this.#options = options;
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

  /** Writes to one session what waits for it. `frames` knows what has been handed out, which in a batch is not its end. */
  flushSession(session: LiveSession, frames: FrameMaker): void {
    if (isSlow(session)) {
      this.#options.endSlow(session);
      return;
    }
    const events = session.takeWaiting();
    if (events.length > 0) {
      session.send(frames.frame(session.actor.userId, session.position, events), Date.now());
    }
    session.flushEphemeral();
  }

  #flush(): void {
    const startedAt = performance.now();
    this.#scheduled = false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    const frames = new FrameMaker(this.#options.position());
    for (const each of dirty) {
      if (each.state === 'live') this.flushSession(each, frames);
    }
    const endedAt = performance.now();
    this.#notBefore = endedAt + Math.min(endedAt - startedAt, maxRestMs);
  }
}
