import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import type { ErrorCode } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';

/** A message on its way: written before it is sent, deleted once the server has it. */
export type OutboxItem = {
  nonce: Id;
  channelId: Id;
  threadRootId?: Id;
  alsoToChannel: boolean;
  text: string;
  createdAt: string;
  /** Rises with each message: the order of sending, which the clock is too coarse for. */
  sequence: number;
  /** Why the server will not have it; such an item waits for the person. */
  failure: { code: ErrorCode; reason?: string } | null;
};

/** What was begun at one place, with what the device knew of the server's copy. */
export type StoredDraft = {
  text: string;
  /** What this device and the server last agreed on: version 0 and an empty text where that was nothing. */
  base: { version: number; text: string };
  /** What was sent without an answer: one of these on the server is the person's own from here. */
  sent: string[];
  /** The life of the log that the versions are of. */
  epoch: string;
  /** The place in the log as of which the server's copy is known. */
  seenAt: number;
};

/** What the client held when it was last written, all of it at one position. */
export type CachedView = {
  snapshot: Snapshot;
  timelines: { channelId: Id; messages: Message[] }[];
};

/**
 * What a client keeps over restarts, for one account. The view is disposable and comes back from the server;
 * the outbox and drafts are the person's own words and do not.
 */
export interface Storage {
  /** Names what is stored among everything on this device; null when nobody else can reach it. */
  readonly name: string | null;
  /** What was stored could not be opened, and was deleted: drafts and unsent words with it. */
  readonly wasDamaged: boolean;
  loadView(): Promise<CachedView | null>;
  /** All of it or nothing. What is the same object as in the view before need not be written again. */
  saveView(view: CachedView): Promise<void>;
  loadOutbox(): Promise<OutboxItem[]>;
  /** Resolves once the item would survive the end of the program, and the one that it replaces is gone. */
  putOutbox(item: OutboxItem, replaced?: Id | null): Promise<void>;
  deleteOutbox(nonce: Id): Promise<void>;
  loadDrafts(): Promise<Map<string, StoredDraft>>;
  /** Null forgets it. */
  putDraft(key: string, draft: StoredDraft | null): Promise<void>;
  /** Deletes everything of this account. */
  wipe(): Promise<void>;
  close(): void;
}

/** Keeps nothing over restarts: for tests, bots, and where a browser refuses to store. */
export function createMemoryStorage(): Storage {
  let view: CachedView | null = null;
  const outbox = new Map<Id, OutboxItem>();
  const drafts = new Map<string, StoredDraft>();
  return {
    name: null,
    wasDamaged: false,
    loadView: () => Promise.resolve(view && structuredClone(view)),
    saveView: (next) => {
      view = structuredClone(next);
      return Promise.resolve();
    },
    loadOutbox: () => Promise.resolve([...outbox.values()]),
    putOutbox: (item, replaced) => {
      if (typeof replaced === 'string') outbox.delete(replaced);
      outbox.set(item.nonce, structuredClone(item));
      return Promise.resolve();
    },
    deleteOutbox: (nonce) => {
      outbox.delete(nonce);
      return Promise.resolve();
    },
    loadDrafts: () => Promise.resolve(new Map(drafts)),
    putDraft: (key, draft) => {
      if (draft === null) drafts.delete(key);
      else drafts.set(key, draft);
      return Promise.resolve();
    },
    wipe: () => {
      view = null;
      outbox.clear();
      drafts.clear();
      return Promise.resolve();
    },
    close: () => undefined,
  };
}
