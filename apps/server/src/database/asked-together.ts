type Waiting<Question, Answer> = {
  question: Question;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/**
 * Looks for what many ask at once by one statement. A question that comes alone is looked for at once; those that come
 * while a look is under way share the next, at most `most` of them. So each look begins after what it answers was
 * asked, and no answer is older than its question.
 */
export class AskedTogether<Question, Answer> {
  readonly #look: (questions: Question[]) => Promise<(question: Question) => Answer>;
  readonly #most: number;
  readonly #waiting: Waiting<Question, Answer>[] = [];
  #isLooking = false;

  constructor(
    most: number,
    look: (questions: Question[]) => Promise<(question: Question) => Answer>,
  ) {
    this.#most = most;
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
