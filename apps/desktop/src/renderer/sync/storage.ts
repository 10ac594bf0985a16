import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';

/** A message on its way: written before it is sent, deleted once the server has it. */
export type OutboxItem = {
  nonce: Id;
  channelId: Id;
  threadRootId?: Id;
  alsoToChannel: boolean;
  text: string;
  /** The files that go along, in their order; left out where none do. It is not sent without one of them. */
  attachmentIds?: Id[];
  createdAt: string;
  /** Rises with each message: the order of sending, which the clock is too coarse for. */
  sequence: number;
  /** Why the server will not have it; such an item waits for the person. */
  failure: { code: ErrorCode; reason?: string } | null;
};

/** What was begun at one place, with what the device knew of the server's copy. */
export type StoredDraft = {
  text: string;
  /** The uploaded ones that belong to it, in their order. */
  files: File[];
  /** What this device and the server last agreed on: version 0 and nothing else where that was nothing. */
  base: { version: number; text: string; fileIds: Id[] };
  /** What was sent without an answer, by `contentKey`: one of these on the server is the person's own from here. */
  sent: string[];
  /** The life of the log that the versions are of. */
  epoch: string;
  /** The place in the log as of which the server's copy is known. */
  seenAt: number;
};

/** A file that the person put beside what they write, without its bytes: those are kept apart from it. */
export type StoredAttachment = {
  id: Id;
  /** By `placeKey`: where it was put. */
  place: string;
  /** The message of the outbox that takes it along; null until it was sent. */
  nonce: Id | null;
  /** Rises with each: their order at a place and in a message. */
  sequence: number;
  name: string;
  mediaType: string;
  bytes: number;
  /** The upload that was begun, which goes on where it broke off: its file will have this id. */
  uploadId: Id | null;
  /** Once the server has all of it. */
  file: File | null;
  /** Why the server will not have it; such a file waits for the person. */
  failure: { code: ErrorCode; reason?: string } | null;
};

/** What becomes of attachments together with a message. */
export type Along = {
  put?: readonly StoredAttachment[];
  gone?: readonly Id[];
  /** What is left of the draft at this place; null for nothing. */
  draft?: { key: string; left: StoredDraft | null };
};

/** More bytes than these are not kept for one account, whatever the device would grant. */
export const maxStoredBytes = 2 * 1024 ** 3;

/** The device will not keep any more. */
export function storageFull(cause?: unknown): ParleyError {
  return new ParleyError('conflict', 'There is no room for it on this device.', {
    reason: 'storage_full',
    cause,
  });
}

/** What the client held when it was last written, all of it at one position. */
export type CachedView = {
  snapshot: Snapshot;
  timelines: { channelId: Id; messages: Message[] }[];
};

/**
 * What a client keeps over restarts, for one account. The view is disposable and comes back from the server;
 * the outbox, drafts and attachments are the person's own and do not.
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
  /**
   * Resolves once the item would survive the end of the program, and the one that it replaces is gone. With what
   * becomes of its attachments: all of it or nothing.
   */
  putOutbox(item: OutboxItem, replaced?: Id | null, along?: Along): Promise<void>;
  deleteOutbox(nonce: Id, along?: Along): Promise<void>;
  loadDrafts(): Promise<Map<string, StoredDraft>>;
  /** Null forgets it. The attachments that are gone with the change are forgotten with it, all or nothing. */
  putDraft(key: string, draft: StoredDraft | null, gone?: readonly Id[]): Promise<void>;
  loadAttachments(): Promise<StoredAttachment[]>;
  /** Keeps all of them or none: rejects with `storageFull` where there is no room. */
  addAttachments(added: readonly { attachment: StoredAttachment; blob: Blob }[]): Promise<void>;
  putAttachments(attachments: readonly StoredAttachment[]): Promise<void>;
  /** With their bytes. */
  deleteAttachments(ids: readonly Id[]): Promise<void>;
  /** Null where the bytes are not on this device. */
  loadBlob(id: Id): Promise<Blob | null>;
  /** Deletes everything of this account. */
  wipe(): Promise<void>;
  close(): void;
}

/** Keeps nothing over restarts: for tests, bots, and where a browser refuses to store. */
export function createMemoryStorage(): Storage {
  let view: CachedView | null = null;
  const outbox = new Map<Id, OutboxItem>();
  const drafts = new Map<string, StoredDraft>();
  const attachments = new Map<Id, StoredAttachment>();
  const blobs = new Map<Id, Blob>();
  const put = (changed: readonly StoredAttachment[] = []) => {
    for (const each of changed) attachments.set(each.id, structuredClone(each));
  };
  const keepDraft = (key: string, draft: StoredDraft | null) => {
    if (draft === null) drafts.delete(key);
    else drafts.set(key, draft);
  };
  const forget = (gone: readonly Id[] = []) => {
    for (const id of gone) {
      attachments.delete(id);
      blobs.delete(id);
    }
  };
  return {
    name: null,
    wasDamaged: false,
    loadView: () => Promise.resolve(view && structuredClone(view)),
    saveView: (next) => {
      view = structuredClone(next);
      return Promise.resolve();
    },
    loadOutbox: () => Promise.resolve([...outbox.values()]),
    putOutbox: (item, replaced, along) => {
      if (typeof replaced === 'string') outbox.delete(replaced);
      outbox.set(item.nonce, structuredClone(item));
      put(along?.put);
      forget(along?.gone);
      if (along?.draft) keepDraft(along.draft.key, along.draft.left);
      return Promise.resolve();
    },
    deleteOutbox: (nonce, along) => {
      outbox.delete(nonce);
      put(along?.put);
      forget(along?.gone);
      return Promise.resolve();
    },
    loadDrafts: () => Promise.resolve(new Map(drafts)),
    putDraft: (key, draft, gone) => {
      keepDraft(key, draft);
      forget(gone);
      return Promise.resolve();
    },
    loadAttachments: () => Promise.resolve(structuredClone([...attachments.values()])),
    addAttachments: (added) => {
      const all = [...attachments.values(), ...added.map(({ attachment }) => attachment)];
      if (bytesOf(all) > maxStoredBytes) return Promise.reject(storageFull());
      for (const { attachment, blob } of added) blobs.set(attachment.id, blob);
      put(added.map(({ attachment }) => attachment));
      return Promise.resolve();
    },
    putAttachments: (changed) => {
      put(changed);
      return Promise.resolve();
    },
    deleteAttachments: (gone) => {
      forget(gone);
      return Promise.resolve();
    },
    loadBlob: (id) => Promise.resolve(blobs.get(id) ?? null),
    wipe: () => {
      view = null;
      for (const table of [outbox, drafts, attachments, blobs]) table.clear();
      return Promise.resolve();
    },
    close: () => undefined,
  };
}

/** How much room files take. */
export function bytesOf(attachments: readonly { bytes: number }[]): number {
  return attachments.reduce((sum, { bytes }) => sum + bytes, 0);
}
