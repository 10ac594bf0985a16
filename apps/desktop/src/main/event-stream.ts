import { Hello } from '@parley/shared/protocol/frames.ts';
import type { Handshake, OpenWire, WireListener } from '../live/wire.ts';
import { askServer, problemOf, type Fetch } from './server-call.ts';

/** The server says something every fifteen seconds: after this the way is dead, whatever it looks like. */
const silentAfterMs = 40_000;
/** The longest single event that is read, in characters. */
const maxEventLength = 4_000_000;
/** A snapshot of a large company. */
const maxAnswerBytes = 64_000_000;

export type EventStreamOptions = {
  /** Answers are streams, so that it can wait for what comes. */
  fetch: Fetch;
  /** A token that is good now; null when nobody is signed in any more. */
  accessToken: () => Promise<string | null>;
};

/**
 * A wire of server-sent events and HTTP (https://html.spec.whatwg.org/multipage/server-sent-events.html), over whatever
 * fetches: main's own network knows the system's proxy and certificates. It says nothing of the person but that nobody is
 * at this device, and hears of nobody's presence.
 */
export function eventStream(options: EventStreamOptions): OpenWire {
  return (server, auth, listener) => {
    const stream = new EventStream(options.fetch, server, auth, listener);
    void stream.read();
    return {
      request: async (command, input, deadlineMs) => {
        const token = await options.accessToken();
        if (token === null) throw new Error('nobody is signed in');
        const limits = { deadlineMs, maxBytes: maxAnswerBytes };
        return askServer(options.fetch, server, command, input, token, limits);
      },
      close: () => {
        stream.close();
      },
    };
  };
}

class EventStream {
  readonly #fetch: Fetch;
  readonly #server: string;
  readonly #auth: Handshake;
  readonly #listener: WireListener;
  readonly #abort = new AbortController();
  #position: number;
  #isOpen = false;
  #closed = false;
  #silence: NodeJS.Timeout | undefined;

  constructor(fetch: Fetch, server: string, auth: Handshake, listener: WireListener) {
    this.#fetch = fetch;
    this.#server = server;
    this.#auth = auth;
    this.#listener = listener;
    this.#position = auth.after ?? 0;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#abort.abort();
  }

  /** Reads until the stream ends, and says how. */
  async read(): Promise<void> {
    let problem: unknown;
    try {
      problem = await this.#readAll();
    } catch {
      // The network ended it; that there is nothing more is all that is to be known.
    }
    this.#end(problem);
  }

  #end(problem?: unknown): void {
    if (this.#closed) return;
    this.close();
    if (this.#isOpen) this.#listener.closed();
    else this.#listener.refused(problem);
  }

  /** Resolves with what the server said when it refused. */
  async #readAll(): Promise<unknown> {
    const { token, after, epoch } = this.#auth;
    const query = new URLSearchParams({ presence: 'away', ...(epoch !== undefined && { epoch }) });
    const response = await this.#fetch(`${this.#server}/api/v1/events?${query.toString()}`, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
        ...(after !== undefined && { 'last-event-id': String(after) }),
      },
      redirect: 'error',
      signal: this.#abort.signal,
    });
    if (!response.ok) return (await problemOf(response)) ?? undefined;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!isStream || !response.body) return undefined;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      this.#listen();
      const { done, value } = await reader.read();
      if (done || this.#closed) return undefined;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > maxEventLength) {
        this.#listener.excessive();
        this.close();
        return undefined;
      }
      this.#take(blocks);
    }
  }

  #listen(): void {
    clearTimeout(this.#silence);
    // Whether or not what fetches ever says that it has stopped.
    this.#silence = setTimeout(() => {
      this.#end();
    }, silentAfterMs);
  }

  #take(blocks: readonly string[]): void {
    const events: unknown[] = [];
    for (const block of blocks) {
      const [first = ''] = block.split('\n', 1);
      if (first.startsWith(': connected ')) this.#welcome(first.slice(': connected '.length));
      else if (first.startsWith('retry: ')) this.#goodbye(Number(first.slice('retry: '.length)));
      else if (first.startsWith('id: ')) {
        const data = block.split('\n').find((line) => line.startsWith('data: '));
        events.push(jsonOf(data?.slice('data: '.length)));
      }
    }
    if (events.length > 0) this.#tell(events);
  }

  #welcome(json: string): void {
    const hello = Hello.safeParse(jsonOf(json)).data;
    // Without a cursor it begins where the log is; the connection sees to it that it has all from there on.
    if (hello && this.#auth.after === undefined) this.#position = hello.position;
    this.#isOpen = true;
    this.#listener.frame('hello', hello);
  }

  #goodbye(retryAfterMs: number): void {
    this.#listener.frame('goodbye', { reason: 'shutdown', retryAfterMs, reconnect: true });
  }

  #tell(events: unknown[]): void {
    const last = events.at(-1);
    const position = last instanceof Object && 'position' in last ? last.position : null;
    const after = this.#position;
    if (typeof position === 'number') this.#position = position;
    this.#listener.frame('events', { after, position, events });
  }
}

/** Null for what is no JSON. */
function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
