/** So near the end counts as the end. */
const endPx = 48;
/** For so long after a wheel, a key or a touch, the scrolling is its doing; smooth scrolling goes on for a while. */
const inputMs = 800;
/** For so long after rows or sizes changed, scrolling may be the list's own correction. */
const changeMs = 400;

/**
 * Whether the list follows its end. Rows that come, grow or are corrected move the end away and the offset about, so
 * an offset alone does not say that a person left the end: only their hand does, or an upwards scroll while nothing
 * else is going on (a search in the page, the keyboard focus).
 */
export class Following {
  /** New rows keep the list at its end. */
  on = $state(true);
  /** The end is on screen. */
  near = $state(true);
  readonly #now: () => number;
  #inputAt = Number.NEGATIVE_INFINITY;
  #changedAt = Number.NEGATIVE_INFINITY;
  /** A pointer is down: on the scrollbar, or selecting text. */
  #held = false;
  #offset = 0;

  /** `now` in ms, of any monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The person's hand is on the list. */
  input(): void {
    this.#inputAt = this.#now();
  }

  hold(held: boolean): void {
    this.#held = held;
    this.input();
  }

  /** Rows or their sizes changed, or the list was scrolled on the person's behalf. */
  changed(): void {
    this.#changedAt = this.#now();
  }

  /** The list stands at this offset, with so much below it, both in px. True when it has to be led back to its end. */
  stands(offset: number, gap: number): boolean {
    const movedUp = offset < this.#offset;
    this.#offset = offset;
    this.near = gap <= endPx;
    if (movedUp && gap > 1 && this.#isPersons()) this.on = false;
    else if (this.near && !movedUp) this.on = true;
    return this.on && !this.near;
  }

  /** Scrolling has ended: a nudge within the end does not leave it. */
  rests(): void {
    if (this.near) this.on = true;
  }

  #isPersons(): boolean {
    const now = this.#now();
    return this.#held || now - this.#inputAt < inputMs || now - this.#changedAt > changeMs;
  }
}

const scrollKeys = new Set(['ArrowUp', 'PageUp', 'Home', ' ', 'Tab']);

/** Tells of a person's hand on the scrolling element; returns what ends that. */
export function watchHand(scroller: HTMLElement, following: Following): () => void {
  const stop = new AbortController();
  const listen = <K extends keyof HTMLElementEventMap>(
    type: K,
    heard: (event: HTMLElementEventMap[K]) => void,
  ) => {
    scroller.addEventListener(type, heard, { passive: true, signal: stop.signal });
  };
  const input = () => {
    following.input();
  };
  listen('wheel', (event) => {
    if (event.deltaY < 0) input();
  });
  listen('touchmove', input);
  listen('keydown', ({ key }) => {
    if (scrollKeys.has(key)) input();
  });
  listen('pointerdown', () => {
    following.hold(true);
  });
  // A drag of the scrollbar ends without a word; the next move then has no button down.
  listen('pointermove', ({ buttons }) => {
    following.hold(buttons !== 0);
  });
  listen('pointerup', () => {
    following.hold(false);
  });
  return () => {
    stop.abort();
  };
}
