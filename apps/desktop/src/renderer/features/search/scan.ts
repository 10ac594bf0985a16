import type { Message } from '@parley/shared/protocol/message.ts';
import type { SearchQuery } from '@parley/shared/text/search-query.ts';
import { matcherOf } from './matcher.ts';

/** So long a scan works at a stretch, in ms: within a frame there is room for everything else. */
const stretchMs = 8;

/** A run of messages, oldest first. */
export type Run = readonly Message[];

export type ScanOptions = {
  signal: AbortSignal;
  /** Lets the page do what waits; the scan goes on after it. */
  pause?: () => Promise<void>;
  /** In ms, of any monotonic clock. */
  now?: () => number;
};

/**
 * The messages in these runs that have what is looked for, newest first and each once. Works in stretches of a few
 * milliseconds, and ends where the signal aborts.
 */
export async function* scan(
  runs: readonly Run[],
  query: SearchQuery,
  { signal, pause = nextTask, now = () => performance.now() }: ScanOptions,
): AsyncGenerator<Message, void> {
  const isFound = matcherOf(query);
  const given = new Set<string>();
  let begunAt = now();
  for (const message of newestFirst(runs)) {
    if (now() - begunAt >= stretchMs) {
      await pause();
      begunAt = now();
    }
    if (signal.aborted) return;
    if (given.has(message.id) || !isFound(message)) continue;
    given.add(message.id);
    yield message;
  }
}

/** Goes through all runs from their ends, without sorting what is in them. */
function* newestFirst(runs: readonly Run[]): Generator<Message, void> {
  const ends = runs.map((run) => ({ run, at: run.length - 1 }));
  for (;;) {
    let newest: Message | null = null;
    let from: (typeof ends)[number] | null = null;
    for (const end of ends) {
      const message = end.run[end.at];
      if (message && (newest === null || isNewer(message, newest))) {
        newest = message;
        from = end;
      }
    }
    if (newest === null || from === null) return;
    from.at -= 1;
    yield newest;
  }
}

function isNewer(a: Message, b: Message): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}

/** Resolves in a task of its own, without the delay that a timer has. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
