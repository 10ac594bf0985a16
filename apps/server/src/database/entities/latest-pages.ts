import { LRUCache } from 'lru-cache';
import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { Encoded } from './encoded.ts';
import { forReader } from './message.ts';

type History = CommandOutput<'message.history'>;

/** A page of history, encoded once for all who read it; a message's nonce goes to its author alone. */
export class HistoryPage {
  readonly #lines: { authorId: Id; json: string; nonce: string | undefined }[];
  readonly #rest: string;
  /** About how many characters it takes. */
  readonly size: number;

  constructor({ messages, ...more }: History) {
    this.#lines = messages.map((message) => ({
      authorId: message.authorId,
      json: JSON.stringify(forReader(message, null)),
      nonce: message.nonce,
    }));
    this.#rest = JSON.stringify(more).slice(1);
    this.size = this.#lines.reduce((sum, { json }) => sum + json.length, 1_000);
  }

  /** What this reader is answered. */
  for(readerId: Id): Encoded<History> {
    const lines = this.#lines.map(({ authorId, json, nonce }) =>
      authorId === readerId && nonce !== undefined
        ? `${json.slice(0, -1)},"nonce":${JSON.stringify(nonce)}}`
        : json,
    );
    return new Encoded(`{"messages":[${lines.join(',')}],${this.#rest}`);
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
