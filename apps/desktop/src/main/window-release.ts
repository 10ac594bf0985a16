import type { Settings } from '../bridge/settings.ts';

const minuteMs = 60_000;
/** A page that has something to lose is asked again after this. */
const againAfterMs = 60_000;
/** A page that has not answered after this keeps its window until the next question: it may hold words of the person. */
const answerWithinMs = 10_000;

export type WindowReleaseOptions = {
  /** On no screen and in no taskbar: not one that is only minimised, whose place would be lost. */
  isHidden: () => boolean;
  settings: () => Pick<Settings, 'freeAfterMinutes'>;
  /** Takes the place of what the settings say, in milliseconds, unless they say never. */
  afterMs: number | null;
  /** Whether anything but the window itself can bring it back. */
  canReturn: () => Promise<boolean>;
  /** Asks the page whether it may go, which answers some time or never. */
  ask: () => void;
  now: () => number;
  random: () => number;
};

/** Decides when a window that nobody looks at is asked whether it may go. */
export class WindowRelease {
  readonly #options: WindowReleaseOptions;
  #hiddenSince: number | null = null;
  #askAgainAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WindowReleaseOptions) {
    this.#options = options;
  }

  /** To be called when the window was shown or hidden, and when the setting has changed. */
  look(): void {
    const { isHidden, now } = this.#options;
    clearTimeout(this.#timer);
    if (!isHidden()) {
      this.#hiddenSince = null;
      this.#askAgainAt = 0;
      return;
    }
    this.#hiddenSince ??= now();
    const after = this.#afterMs;
    if (after === null) return;
    const dueAt = Math.max(this.#hiddenSince + after, this.#askAgainAt);
    this.#timer = setTimeout(() => void this.#due(), Math.max(0, dueAt - now()));
  }

  /** The page has something to lose. */
  keep(): void {
    this.#again(againAfterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** How long a window has to be hidden; null: it stays. */
  get #afterMs(): number | null {
    const { freeAfterMinutes } = this.#options.settings();
    if (freeAfterMinutes === null) return null;
    return this.#options.afterMs ?? freeAfterMinutes * minuteMs;
  }

  async #due(): Promise<void> {
    const { isHidden, canReturn, ask } = this.#options;
    const mayGo = await canReturn();
    // Anything may have happened while the desktop was asked.
    if (!isHidden() || this.#afterMs === null) {
      this.look();
      return;
    }
    if (!mayGo) {
      this.#again(againAfterMs);
      return;
    }
    this.#again(answerWithinMs);
    ask();
  }

  #again(waitMs: number): void {
    const { now, random } = this.#options;
    // Never sooner than it would be asked at all, and not at one moment on all computers.
    const wait = Math.min(waitMs, this.#afterMs ?? waitMs) * (0.8 + random() * 0.4);
    this.#askAgainAt = now() + wait;
    this.look();
  }
}
