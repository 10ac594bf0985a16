import type { Bus, Hint } from './bus.ts';
import { parseHint, writeHint } from './hint.ts';

/** One end of a line between two processes of this machine. */
export type HintLine = {
  /** `taken` is called when the system has taken the hint, or never will. */
  send(hint: string, taken: () => void): void;
  /** Returns what ends the listening. */
  listen(listener: (hint: string) => void): () => void;
  isOpen(): boolean;
};

/** Characters that may wait for a process that does not read. */
const maxWaiting = 4 * 1024 * 1024;

/**
 * Sends hints as long as the other end reads; what it leaves lying is bounded, and the rest is not sent: a node that
 * heard of nothing looks at the head of the log by itself.
 */
class Sender {
  readonly #line: HintLine;
  readonly #dropping: () => void;
  #waiting = 0;
  #isDropping = false;

  constructor(line: HintLine, dropping: () => void) {
    this.#line = line;
    this.#dropping = dropping;
  }

  send(hint: string): void {
    if (!this.#line.isOpen()) return;
    if (this.#waiting + hint.length > maxWaiting) {
      if (!this.#isDropping) this.#dropping();
      this.#isDropping = true;
      return;
    }
    this.#waiting += hint.length;
    this.#line.send(hint, () => {
      this.#waiting -= hint.length;
      if (this.#waiting === 0) this.#isDropping = false;
    });
  }
}

/** Told once each time that an end stops to read, until it has read everything. */
export type OnDropping = () => void;

/** The bus of one of several processes: own listeners are called at once, the others by way of the relay. */
export function createProcessBus(line: HintLine, dropping: OnDropping): Bus {
  const listeners = new Set<(hint: Hint) => void>();
  const tell = (hint: Hint) => {
    for (const listener of listeners) listener(hint);
  };
  const sender = new Sender(line, dropping);
  const stopListening = line.listen((text) => {
    const hint = parseHint(text);
    if (hint) tell(hint);
  });
  let isClosed = false;
  return {
    publish(hint) {
      if (isClosed) return;
      tell(hint);
      sender.send(writeHint(hint));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isReachable: () => !isClosed && line.isOpen(),
    close() {
      isClosed = true;
      stopListening();
      listeners.clear();
      return Promise.resolve();
    },
  };
}

/** Passes hints on between processes, unread. */
export class HintRelay {
  readonly #senders = new Map<HintLine, Sender>();

  /** Takes a process in; returns what lets it go. */
  join(line: HintLine, dropping: OnDropping): () => void {
    this.#senders.set(line, new Sender(line, dropping));
    const stopListening = line.listen((hint) => {
      for (const [other, sender] of this.#senders) if (other !== line) sender.send(hint);
    });
    return () => {
      stopListening();
      this.#senders.delete(line);
    };
  }
}
