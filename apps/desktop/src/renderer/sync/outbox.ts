import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { backoffMs } from '../../live/backoff.ts';
import type { Attachment } from './attachments.ts';
import { isFileRefusal } from './file-http.ts';
import type { Along, OutboxItem, Storage, StoredAttachment } from './storage.ts';
import { isTransient } from './transient.ts';

type QueuedMessage = OutboxItem & {
  state: 'queued' | 'sending' | 'failed';
  /** How often it was sent since the app began: 0 while it was not. */
  attempts: number;
};

/** A message on its way, as the person sees it. */
export type PendingMessage = QueuedMessage & {
  /** The files that it takes along; it is sent once all of them are uploaded. */
  attachments: readonly Attachment[];
};

/** What the outbox has to do with the files of messages. */
export type OutboxFiles = {
  /** Takes up what earlier runs left for the messages with these nonces. */
  load: (nonces: ReadonlySet<Id>) => Promise<void>;
  of: (nonce: Id) => readonly Attachment[];
  retryMessage: (nonce: Id) => void;
  /** Uploads once more what the server has no more; resolves with whether it can, and did not do so before. */
  renew: (nonce: Id) => Promise<boolean>;
  underNonce: (nonce: Id, next: Id) => StoredAttachment[];
  apply: (changed: readonly StoredAttachment[]) => void;
  goneWith: (nonce: Id) => Along;
  forgetMessage: (nonce: Id) => void;
};

export type OutboxOptions = {
  storage: Pick<Storage, 'loadOutbox' | 'putOutbox' | 'deleteOutbox'>;
  post: (input: CommandInput<'message.post'>) => Promise<CommandOutput<'message.post'>>;
  /** The server has it: called before the item leaves the outbox, so that it is on screen once at any time. */
  onPosted: (output: CommandOutput<'message.post'>) => void;
  onChange: (channelId: Id) => void;
  onTrouble: (trouble: string, error: unknown) => void;
  files: OutboxFiles;
  nonce: () => Id;
  now: () => number;
  random: () => number;
};

/** What is under way in one conversation. */
type Lane = { busy: boolean; attempt: number; timer: ReturnType<typeof setTimeout> | undefined };

/**
 * What the person has sent and the server does not have yet. Each item is stored before it is sent; one item a
 * conversation is under way at a time, in the order of sending; the nonce makes every retry harmless.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #items = new Map<Id, QueuedMessage>();
  readonly #lanes = new Map<Id, Lane>();
  #lastSequence = 0;
  #online = false;
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier run left. */
  async load(): Promise<void> {
    const stored = await this.#options.storage.loadOutbox();
    // After the messages: each has its files there from its beginning.
    await this.#options.files.load(
      new Set([...stored.map(({ nonce }) => nonce), ...this.#items.keys()]),
    );
    const mine = [...this.#items.values()];
    this.#items.clear();
    for (const item of stored.sort((a, b) => a.sequence - b.sequence)) {
      this.#lastSequence = Math.max(this.#lastSequence, item.sequence);
      const state = item.failure ? 'failed' : 'queued';
      this.#items.set(item.nonce, { ...item, state, attempts: 0 });
    }
    // What was written meanwhile comes after what was left, as it is known here.
    for (const item of mine) {
      this.#items.delete(item.nonce);
      this.#items.set(item.nonce, item);
    }
    for (const { channelId } of stored) this.#options.onChange(channelId);
    this.#pumpAll();
  }

  /** What waits in a conversation, in the order of sending; of a thread, or of the channel itself. */
  pending(channelId: Id, threadRootId: Id | null): PendingMessage[] {
    return [...this.#items.values()]
      .filter(
        (item) => item.channelId === channelId && (item.threadRootId ?? null) === threadRootId,
      )
      .map((item) => ({ ...item, attachments: this.#options.files.of(item.nonce) }));
  }

  /** Whether anything waits that has not failed. */
  get isEmpty(): boolean {
    return ![...this.#items.values()].some(({ state }) => state !== 'failed');
  }

  /** Whether anything waits at all, be it for the person. */
  get holdsNothing(): boolean {
    return this.#items.size === 0;
  }

  /**
   * Takes a message. It is on screen at once and under way as soon as it is stored. Rejects, and forgets it, when
   * it cannot be stored: then its words are safe with whoever wrote them, and so are its files. What is given for
   * its nonce is stored with it: its files, and what is left of the draft that it was.
   */
  async add(
    item: Omit<OutboxItem, 'failure' | 'sequence' | 'nonce' | 'createdAt' | 'attachmentIds'>,
    take: (nonce: Id) => Along = () => ({}),
  ): Promise<OutboxItem> {
    const now = this.#options.now();
    // By the clock where it goes on, so that what another run of the app left comes before.
    this.#lastSequence = Math.max(this.#lastSequence + 1, now);
    const nonce = this.#options.nonce();
    const along = take(nonce);
    const taken = along.put ?? [];
    const stored: OutboxItem = {
      ...item,
      ...(taken.length > 0 && { attachmentIds: taken.map(({ id }) => id) }),
      nonce,
      createdAt: new Date(now).toISOString(),
      sequence: this.#lastSequence,
      failure: null,
    };
    // On screen, and not sent before it is stored.
    this.#update({ ...stored, state: 'sending', attempts: 0 });
    try {
      await this.#options.storage.putOutbox(stored, null, along);
    } catch (error) {
      this.#items.delete(stored.nonce);
      this.#options.onChange(item.channelId);
      this.#pump(item.channelId);
      throw error;
    }
    this.#update({ ...stored, state: 'queued', attempts: 0 });
    this.#pump(item.channelId);
    return stored;
  }

  /**
   * Sends a failed message again, as the same attempt; where the attempt itself was in conflict, as a new one.
   * Resolves with the nonce that it has now; null when no such message has failed or it cannot be stored.
   */
  async retry(nonce: Id): Promise<Id | null> {
    const item = this.#items.get(nonce);
    if (item?.state !== 'failed') return null;
    const isNew = item.failure?.code === 'conflict';
    const next: OutboxItem = {
      ...stripState(item),
      nonce: isNew ? this.#options.nonce() : nonce,
      failure: null,
    };
    const { files } = this.#options;
    const before = files.underNonce(nonce, nonce);
    const moved = isNew ? files.underNonce(nonce, next.nonce) : [];
    // At once: what is stored of a file meanwhile has to say whose it will be.
    files.apply(moved);
    if (isNew) this.#items.delete(nonce);
    // Not sent before it is stored: a next run that knew only the old nonce would post it twice.
    this.#update({ ...next, state: 'sending', attempts: item.attempts });
    const isStored = await this.#store(next, nonce, { put: moved });
    if (isStored) {
      files.retryMessage(next.nonce);
      this.#update({ ...next, state: 'queued', attempts: item.attempts });
    } else {
      if (isNew) files.apply(before);
      this.#items.delete(next.nonce);
      this.#update(item);
    }
    this.#pump(item.channelId);
    return isStored ? next.nonce : null;
  }

  /**
   * Forgets a message that has not been sent, and its files with it, but for those that are `kept` as they are given.
   * Returns it, so that its words can be kept; null, and it stays, when it is under way or cannot be taken out of
   * storage, from where the next run of the app would send it.
   */
  async discard(
    nonce: Id,
    kept: readonly StoredAttachment[] | null = null,
  ): Promise<OutboxItem | null> {
    const item = this.#items.get(nonce);
    if (!item || item.state === 'sending') return null;
    // Not sent while it is being taken out.
    this.#update({ ...item, state: 'sending' });
    const { files } = this.#options;
    const before = files.underNonce(nonce, nonce);
    const along = kept ? { put: kept } : files.goneWith(nonce);
    if (kept) files.apply(kept);
    const isGone = await this.#unstore(nonce, along);
    if (isGone) {
      this.#items.delete(nonce);
      files.forgetMessage(nonce);
    } else if (kept) files.apply(before);
    if (!isGone && this.#items.has(nonce)) this.#items.set(nonce, item);
    this.#options.onChange(item.channelId);
    this.#pump(item.channelId);
    return isGone ? stripState(item) : null;
  }

  /** The server was heard to have it, whether or not the answer came. */
  confirmed(nonce: Id): void {
    const item = this.#items.get(nonce);
    if (item) void this.#remove(item);
  }

  /** Something has become of the files of a message. */
  filesChanged(nonce: Id): void {
    const item = this.#items.get(nonce);
    if (!item) return;
    this.#options.onChange(item.channelId);
    this.#pump(item.channelId);
  }

  setOnline(online: boolean): void {
    if (this.#online === online) return;
    this.#online = online;
    if (!online) return;
    for (const lane of this.#lanes.values()) {
      lane.attempt = 0;
      clearTimeout(lane.timer);
      lane.timer = undefined;
    }
    this.#pumpAll();
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#lanes.values()) clearTimeout(timer);
  }

  #lane(channelId: Id): Lane {
    const known = this.#lanes.get(channelId);
    if (known) return known;
    const lane: Lane = { busy: false, attempt: 0, timer: undefined };
    this.#lanes.set(channelId, lane);
    return lane;
  }

  #pumpAll(): void {
    for (const channelId of new Set([...this.#items.values()].map((item) => item.channelId))) {
      this.#pump(channelId);
    }
  }

  #pump(channelId: Id): void {
    const lane = this.#lane(channelId);
    // A wait is waited out, whatever is written meanwhile: the server may have asked for it.
    if (!this.#online || this.#stopped || lane.busy || lane.timer !== undefined) return;
    // The oldest that has not failed: one that is being stored holds up those behind it, for they come after it.
    const next = [...this.#items.values()].find(
      (item) => item.channelId === channelId && item.state !== 'failed',
    );
    if (next?.state !== 'queued') return;
    const files = this.#filesOf(next);
    // Those behind it wait as well: they come after it.
    if (files === 'under way') return;
    lane.busy = true;
    const work = files instanceof ParleyError ? this.#fail(next, files) : this.#send(next, files);
    void work.then((waitMs) => {
      lane.busy = false;
      if (waitMs === 0) this.#pump(channelId);
      else if (!this.#stopped) {
        lane.timer = setTimeout(() => {
          lane.timer = undefined;
          this.#pump(channelId);
        }, waitMs);
      }
    });
  }

  /** The ids of the files that go along, or why there is none to be had of one. */
  #filesOf({ nonce, attachmentIds = [] }: OutboxItem): Id[] | 'under way' | ParleyError {
    if (attachmentIds.length === 0) return [];
    const attachments = this.#options.files.of(nonce);
    const isWhole = attachmentIds.every((id) => attachments.some((each) => each.id === id));
    if (!isWhole) {
      return new ParleyError('not_found', 'A file of the message is lost.', {
        reason: 'file_lost',
      });
    }
    const failure = attachments.find((each) => each.failure)?.failure;
    if (failure) return new ParleyError(failure.code, 'A file was not uploaded.', failure);
    const fileIds = attachments.flatMap(({ file }) => (file ? [file.id] : []));
    return fileIds.length === attachmentIds.length ? fileIds : 'under way';
  }

  /** Sends one item. Resolves with how long the conversation has to wait before its next attempt. */
  async #send(queued: QueuedMessage, fileIds: Id[]): Promise<number> {
    const item = { ...queued, attempts: queued.attempts + 1 };
    this.#update({ ...item, state: 'sending' });
    const { channelId, nonce, text, threadRootId, alsoToChannel } = item;
    const lane = this.#lane(channelId);
    try {
      const output = await this.#options.post({
        channelId,
        nonce,
        text,
        alsoToChannel,
        ...(threadRootId !== undefined && { threadRootId }),
        ...(fileIds.length > 0 && { fileIds }),
      });
      lane.attempt = 0;
      this.#options.onPosted(output);
      await this.#remove(item);
      return 0;
    } catch (error) {
      if (!this.#items.has(nonce)) return 0;
      const failure =
        error instanceof ParleyError
          ? error
          : new ParleyError('internal', 'Sending failed.', { cause: error });
      if (isFileRefusal(failure) && (await this.#options.files.renew(nonce))) {
        this.#update({ ...item, state: 'queued' });
        return 0;
      }
      if (!isTransient(failure.code)) return this.#fail(item, failure);
      this.#update({ ...item, state: 'queued' });
      const waitMs = (failure.retryAfterMs ?? 0) + backoffMs(lane.attempt, this.#options.random);
      lane.attempt += 1;
      return Math.max(1, waitMs);
    }
  }

  async #fail(item: QueuedMessage, { code, reason }: ParleyError): Promise<number> {
    const failure = { code, ...(reason !== undefined && { reason }) };
    this.#update({ ...item, failure, state: 'failed' });
    await this.#store(stripState({ ...item, failure }));
    return 0;
  }

  async #remove(item: QueuedMessage): Promise<void> {
    if (!this.#items.delete(item.nonce)) return;
    const { files } = this.#options;
    const along = files.goneWith(item.nonce);
    files.forgetMessage(item.nonce);
    this.#options.onChange(item.channelId);
    await this.#unstore(item.nonce, along);
  }

  async #store(item: OutboxItem, replaced: Id | null = null, along?: Along): Promise<boolean> {
    try {
      await this.#options.storage.putOutbox(item, replaced, along);
      return true;
    } catch (error) {
      this.#options.onTrouble('a message on its way could not be stored', error);
      return false;
    }
  }

  async #unstore(nonce: Id, along?: Along): Promise<boolean> {
    try {
      await this.#options.storage.deleteOutbox(nonce, along);
      return true;
    } catch (error) {
      // One that was sent will be sent once more, to which its nonce makes the server give the first result.
      this.#options.onTrouble('a message could not be taken out of storage', error);
      return false;
    }
  }

  #update(item: QueuedMessage): void {
    this.#items.set(item.nonce, item);
    this.#options.onChange(item.channelId);
  }
}

function stripState({ state: _, attempts: __, ...item }: QueuedMessage): OutboxItem {
  return item;
}
