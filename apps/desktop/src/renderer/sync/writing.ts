import type { CommandInput, CommandName, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { maxFilesPerMessage, type File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Access } from '../../live/connection.ts';
import { Attachments, tooManyFiles } from './attachments.ts';
import { Drafts } from './drafts.ts';
import { endUpload, uploadFile } from './file-upload.ts';
import type { DraftChoice } from './held-draft.ts';
import { holdLock, type Locks } from './lock.ts';
import { randomNonce } from './nonce.ts';
import { Outbox, type PendingMessage } from './outbox.ts';
import type { Along, OutboxItem, Storage } from './storage.ts';
import type { Topic } from './topic.ts';

export type PostOptions = {
  threadRootId?: Id;
  alsoToChannel?: boolean;
  /** It takes all files of its place along. */
  withFiles?: boolean;
  /** It is what was begun at its place, which is empty after it. */
  isDraft?: boolean;
};

export type WritingOptions = {
  storage: Storage;
  command: <N extends CommandName>(name: N, input: CommandInput<N>) => Promise<CommandOutput<N>>;
  getAccess: (minValidMs: number) => Promise<Access | null>;
  onPosted: (output: CommandOutput<'message.post'>) => void;
  onTrouble: (trouble: string, error: unknown) => void;
  topic: () => Topic;
  /** Null: there are no other tabs. */
  locks: Locks | null;
  now: () => number;
  random: () => number;
};

/** All that the person has written and the server does not have yet: drafts, the files beside them, and the outbox. */
export class Writing {
  readonly drafts: Drafts;
  readonly attachments: Attachments;
  readonly #outbox: Outbox;
  readonly #options: WritingOptions;
  readonly #pendingTopic: Topic;
  readonly #serverTopic: Topic;
  #maxFileBytes: number | null = null;
  #releaseLock: () => void = () => undefined;

  constructor(options: WritingOptions) {
    const { storage, command, getAccess, onPosted, onTrouble, topic, now, random } = options;
    this.#options = options;
    this.#pendingTopic = topic();
    this.#serverTopic = topic();
    const shared = { storage, onTrouble, random };
    this.drafts = new Drafts({
      ...shared,
      set: (input) => command('draft.set', input),
      clear: (input) => command('draft.clear', input),
      onFilesGone: (key, files) => this.attachments.filesGone(key, files),
      onFilesRefused: (...place) => this.attachments.renewAt(...place),
      topic: topic(),
    });
    const http = { getAccess, fetch: (...asked: Parameters<typeof fetch>) => fetch(...asked) };
    this.attachments = new Attachments({
      ...shared,
      drafts: this.drafts,
      upload: (request) => uploadFile(http, request),
      endUpload: (uploadId) => endUpload(http, uploadId),
      maxFileBytes: () => this.#maxFileBytes,
      onMessageChange: (nonce) => {
        this.#outbox.filesChanged(nonce);
      },
      topic: topic(),
      newId: randomNonce,
      now,
    });
    this.#outbox = new Outbox({
      ...shared,
      post: (input) => command('message.post', input),
      onPosted,
      files: this.attachments,
      onChange: () => {
        this.#pendingTopic.changed();
      },
      nonce: randomNonce,
      now,
    });
  }

  /** What earlier runs left in the outbox is sent by one tab alone; the next takes over when that one ends. */
  async load(): Promise<void> {
    const { storage, locks } = this.#options;
    await this.#load('drafts', () => this.drafts.load());
    const load = () => this.#load('outbox', () => this.#outbox.load());
    const { name } = storage;
    if (!locks || name === null) await load();
    else this.#releaseLock = await holdLock(locks, `${name}:outbox`, load);
  }

  stop(): void {
    this.#outbox.stop();
    this.drafts.stop();
    this.attachments.stop();
  }

  /** Another tab may go on. */
  release(): void {
    this.#releaseLock();
  }

  /** There is a connection. */
  setOnline(online: boolean): void {
    this.attachments.setOnline(online);
  }

  /** There is one, and it is known what would be added to. */
  setAble(able: boolean): void {
    this.#outbox.setOnline(able);
    this.drafts.setOnline(able);
  }

  /** Whether nothing waits to be sent, no message and no file. */
  get isFlushed(): boolean {
    this.#pendingTopic.read();
    return this.#outbox.isEmpty && this.attachments.isIdle;
  }

  /** Whether the end of the page would lose nothing, where a next page finds what is stored. */
  get holdsNothing(): boolean {
    return this.drafts.isStored && this.#outbox.holdsNothing && this.attachments.isIdle;
  }

  pending(channelId: Id, threadRootId: Id | null): PendingMessage[] {
    this.#pendingTopic.read();
    return this.#outbox.pending(channelId, threadRootId);
  }

  /** The largest file that the server takes, 0 for none; null until it has said so. */
  get maxFileBytes(): number | null {
    this.#serverTopic.read();
    return this.#maxFileBytes;
  }

  /** Asks what files the server takes. */
  learnServer(): void {
    this.#options.command('server.info', {}).then(
      ({ maxFileBytes }) => {
        if (maxFileBytes === this.#maxFileBytes) return;
        this.#maxFileBytes = maxFileBytes;
        this.#serverTopic.changed();
      },
      (error: unknown) => {
        this.#options.onTrouble('what files the server takes is not known', error);
      },
    );
  }

  /** Returns the files of the other device for which there is no room. */
  choose(channelId: Id, threadRootId: Id | null, choice: DraftChoice): readonly File[] {
    if (choice === 'theirs') {
      this.attachments.dropUnsent(channelId, threadRootId).catch((error: unknown) => {
        this.#options.onTrouble('files that were let go are still stored', error);
      });
    }
    const room = this.attachments.room(channelId, threadRootId);
    return this.drafts.choose(channelId, threadRootId, choice, room);
  }

  /** Resolves once it is stored; where it cannot be, its files stay where they were. */
  async post(channelId: Id, text: string, options: PostOptions): Promise<Id> {
    const { threadRootId, alsoToChannel = false, withFiles = false, isDraft = false } = options;
    const place = [channelId, threadRootId ?? null] as const;
    if (withFiles && this.attachments.at(...place).length > maxFilesPerMessage) {
      throw tooManyFiles();
    }
    const thread = threadRootId === undefined ? {} : { threadRootId };
    const leaving = isDraft ? this.drafts.leave(...place) : null;
    let giveBack: () => void = () => undefined;
    const take = (nonce: Id): Along => {
      const put = withFiles ? this.attachments.take(...place, nonce) : [];
      if (withFiles) {
        giveBack = () => {
          this.attachments.apply(this.attachments.backAtPlace(nonce));
        };
      }
      return { put, ...(leaving && { draft: leaving.toStore() }) };
    };
    try {
      const item = { channelId, text, alsoToChannel, ...thread };
      const { nonce } = await this.#outbox.add(item, take);
      leaving?.hasGone();
      // At other devices it is no longer begun.
      this.drafts.flush();
      return nonce;
    } catch (error) {
      leaving?.hasStayed();
      giveBack();
      throw error;
    }
  }

  retry(nonce: Id): Promise<Id | null> {
    return this.#outbox.retry(nonce);
  }

  /** Nobody wants the message any more, nor its files. */
  async discard(nonce: Id): Promise<OutboxItem | null> {
    const uploads = this.attachments.uploadsOf(nonce);
    const item = await this.#outbox.discard(nonce);
    if (item) this.attachments.endUploads(uploads);
    return item;
  }

  /** It goes back to the draft of its place, with its files. */
  async takeBack(nonce: Id): Promise<boolean> {
    this.attachments.checkRoomFor(nonce);
    const item = await this.#outbox.discard(nonce, this.attachments.backAtPlace(nonce));
    if (item) this.drafts.giveBack(item.channelId, item.threadRootId ?? null, item.text);
    return item !== null;
  }

  /** The server was heard to have it. */
  confirmed(nonce: Id): void {
    this.#outbox.confirmed(nonce);
  }

  async #load(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.onTrouble(`the stored ${what} could not be read`, error);
    }
  }
}
