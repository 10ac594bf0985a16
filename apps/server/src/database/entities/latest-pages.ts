import { LRUCache } from 'lru-cache';
import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { Encoded } from './encoded.ts';
import { forReader } from './message.ts';

type History = CommandOutput<'message.history'>;

/** A page of history, encoded once for all who read it; a message's nonce goes to its author alone. */
export class HistoryPage {
  /** What all are answered who are shown no nonce in it. */
  readonly #forOthers: Encoded<History>;
  /** Where in that the nonces belong, ascending. */
  readonly #nonces: { authorId: Id; nonce: string; at: number }[] = [];
  /** About how many characters it takes. */
  readonly size: number;

  constructor({ messages, ...more }: History) {
    const lines = messages.map((message) => JSON.stringify(forReader(message, null)));
    const head = '{"messages":[';
    let at = head.length;
    for (const [index, { authorId, nonce }] of messages.entries()) {
      at += lines[index]?.length ?? 0;
      if (nonce !== undefined) this.#nonces.push({ authorId, nonce, at: at - '}'.length });
      at += ','.length;
    }
    const json = `${head}${lines.join(',')}],${JSON.stringify(more).slice('{'.length)}`;
    this.#forOthers = new Encoded(json);
    this.size = json.length + 1_000;
  }

  /** What this reader is answered. */
  for(readerId: Id): Encoded<History> {
    const own = this.#nonces.filter(({ authorId }) => authorId === readerId);
    if (own.length === 0) return this.#forOthers;
    const { json } = this.#forOthers;
    let [answer, from] = ['', 0];
    for (const { nonce, at } of own) {
      answer += `${json.slice(from, at)},"nonce":${JSON.stringify(nonce)}`;
      from = at;
    }
    return new Encoded(answer + json.slice(from));
  }
}

/** A page that is being read. */
export type Reading = { readonly channelId: Id; isStale: boolean };

const maxCharacters = 32 * 1024 * 1024;

/**
 * The newest pages of the channels that people open, as they were last read: opening a channel is what is asked
 * for most, and most often by many. Whatever the log tells of a channel makes its pages be read anew.
 */
export class LatestPages {
  /** By channel and length. */
  readonly #pages = new LRUCache<Id, Map<number, HistoryPage>>({
    maxSize: maxCharacters,
    sizeCalculation: (pages) => [...pages.values()].reduce((sum, { size }) => sum + size, 1_000),
  });
  readonly #readings = new Set<Reading>();

  /** The newest `limit` messages of the channel, if they are known. */
  get(channelId: Id, limit: number): HistoryPage | null {
    return this.#pages.get(channelId)?.get(limit) ?? null;
  }

  /** Must be called before the page is read, and `end` in any case after it. */
  begin(channelId: Id): Reading {
    const reading = { channelId, isStale: false };
    this.#readings.add(reading);
    return reading;
  }

  /** Keeps what was read, unless something has happened in the channel meanwhile. */
  keep(reading: Reading, limit: number, page: HistoryPage): void {
    if (reading.isStale) return;
    const others = this.#pages.get(reading.channelId) ?? [];
    this.#pages.set(reading.channelId, new Map([...others, [limit, page]]));
  }

  end(reading: Reading): void {
    this.#readings.delete(reading);
  }

  /** Follows the log; must be told of every event, in order. */
  observe({ audience }: Event): void {
    if (!audience.startsWith('channel:')) return;
    const channelId = audience.slice('channel:'.length);
    this.#pages.delete(channelId);
    for (const reading of this.#readings) {
      if (reading.channelId === channelId) reading.isStale = true;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#pages.clear();
    for (const reading of this.#readings) reading.isStale = true;
  }
}
