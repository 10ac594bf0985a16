import type { Logger } from 'pino';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { HintLine } from '../bus/processes.ts';
import { LinkMessage } from './messages.ts';
import type { Port } from './port.ts';

const answerWithinMs = 5_000;
/** Questions that may wait for an answer at a time. */
const maxAsked = 10_000;

export type LinkOptions = {
  port: Port;
  log: Logger;
  /** Answers what the other end asks; a rejection with a ParleyError is an answer too. */
  answer: (question: unknown) => Promise<unknown>;
  /** Hears what is neither a hint nor a question or its answer. */
  hear: (message: unknown) => void;
};

type Asked = { resolve(value: unknown): void; reject(error: ParleyError): void };

function noAnswer(): ParleyError {
  const message = 'Another process of the server did not answer.';
  return new ParleyError('unavailable', message, { retryAfterMs: 1_000 });
}

/** One end of what two processes of a server say to each other: hints, questions and answers. */
export class Link {
  readonly #options: LinkOptions;
  readonly #asked = new Map<number, Asked>();
  readonly #hintListeners = new Set<(hint: string) => void>();
  readonly #stopListening: () => void;
  #lastId = 0;
  #closed = false;
  /** For the bus. */
  readonly hints: HintLine;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { port } = options;
    this.hints = {
      send: (hint, taken) => {
        port.send({ kind: 'hint', hint } satisfies LinkMessage, taken);
      },
      listen: (listener) => {
        this.#hintListeners.add(listener);
        return () => this.#hintListeners.delete(listener);
      },
      isOpen: () => !this.#closed && port.isOpen(),
    };
    this.#stopListening = port.listen((message) => {
      this.#receive(message);
    });
  }

  /** Resolves to the answer. Rejects with the other end's ParleyError, or `unavailable` when there is no answer. */
  ask(question: object): Promise<unknown> {
    if (this.#closed || this.#asked.size >= maxAsked) return Promise.reject(noAnswer());
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.#asked.delete(id);
        reject(noAnswer());
      }, answerWithinMs);
      const settle = () => {
        clearTimeout(overdue);
        this.#asked.delete(id);
      };
      this.#asked.set(id, {
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#options.port.send({ kind: 'question', id, question } satisfies LinkMessage);
    });
  }

  /** The other end is gone. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    for (const asked of [...this.#asked.values()]) asked.reject(noAnswer());
  }

  #receive(message: unknown): void {
    const parsed = LinkMessage.safeParse(message);
    if (!parsed.success) {
      this.#options.hear(message);
      return;
    }
    const { data } = parsed;
    switch (data.kind) {
      case 'hint':
        this.#hear(data.hint);
        return;
      case 'question':
        void this.#answer(data.id, data.question);
        return;
      case 'answer': {
        const asked = this.#asked.get(data.id);
        if (data.answer.ok) asked?.resolve(data.answer.value);
        else asked?.reject(ParleyError.fromBody(data.answer.error));
      }
    }
  }

  #hear(hint: string): void {
    try {
      for (const listener of this.#hintListeners) listener(hint);
    } catch (error) {
      // No process may end by what another one says: whoever could not listen reads the log.
      this.#options.log.error({ err: error }, 'a hint could not be heard');
    }
  }

  async #answer(id: number, question: unknown): Promise<void> {
    const { port, log, answer } = this.#options;
    let message: LinkMessage;
    try {
      message = { kind: 'answer', id, answer: { ok: true, value: await answer(question) } };
    } catch (error) {
      const isExpected = error instanceof ParleyError;
      if (!isExpected) log.error({ err: error }, 'a question of another process failed');
      const failure = isExpected ? error : new ParleyError('internal', 'Something went wrong.');
      message = { kind: 'answer', id, answer: { ok: false, error: failure.toBody() } };
    }
    port.send(message);
  }
}
