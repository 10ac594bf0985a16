type Waiting<Question, Answer> = {
  question: Question;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/**
 * A database beside the server answers within a fraction of a millisecond, and would be asked one by one by a thousand
 * who come back at once; nobody notices this.
 */
export const unnoticedMs = 5;

export type AskedTogetherOptions = {
  /** Questions in one statement. */
  most: number;
  /** From the beginning of a look to that of the next at least, in ms. */
  apartMs?: number;
};

/**
 * Looks for what many ask at once by one statement. A question that comes alone is looked for at once; those that come
 * while a look is under way, or so soon after it, share the next. So each look begins after what it answers was asked,
 * and no answer is older than its question.
 */
export class AskedTogether<Question, Answer> {
  readonly #look: (questions: Question[]) => Promise<(question: Question) => Answer>;
  readonly #most: number;
  readonly #apartMs: number;
  readonly #waiting: Waiting<Question, Answer>[] = [];
  #isLooking = false;
  #lookedAt = -Infinity;

  constructor(
    { most, apartMs = 0 }: AskedTogetherOptions,
    look: (questions: Question[]) => Promise<(question: Question) => Answer>,
  ) {
    this.#most = most;
    this.#apartMs = apartMs;
    this.#look = look;
  }

  /** Rejects when the look that it shares fails. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (!this.#isLooking) void this.#answerAll();
    });
  }

  async #answerAll(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.length > 0) {
      const restMs = this.#lookedAt + this.#apartMs - performance.now();
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
      this.#lookedAt = performance.now();
      const group = this.#waiting.splice(0, this.#most);
      try {
        const answerOf = await this.#look(group.map(({ question }) => question));
        for (const { question, resolve } of group) resolve(answerOf(question));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isLooking = false;
  }
}
