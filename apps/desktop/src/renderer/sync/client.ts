/**
 * What the interface, a bot or a test holds of one account on one server. No DOM: it runs in Node too.
 *
 * - Reading is synchronous and, with `createSubscriber` of svelte/reactivity, reactive: `client.state`, `client.status`,
 *   `client.timeline(id).messages`, `client.pending(id)`, `client.typing(id)`, `client.presence(userId)`,
 *   `client.draft(id)`, `client.otherDraft(id)`, `client.attachments(id)`, `client.readers(id)`, `client.isFlushed`.
 * - `start()` paints from storage, then connects; `stop()` writes the view and ends.
 * - `command(name, input)` runs any command; `post`, `retry`, `discard` go through the outbox, which survives the
 *   app; what is attached is stored and uploaded at once, and `post` takes it along; `markRead`, `markThreadRead`,
 *   `startTyping`, `watchPresence` and `watchReaders` may be called as often as one likes.
 * - `onEvent` tells of every event once, live ones and those that a resume brings.
 */
import type { CommandInput, CommandName, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Presence, User } from '@parley/shared/protocol/user.ts';
import type { ThreadInterest } from '@parley/shared/notifications/decide.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import type { Conversation, State } from '@parley/shared/state/state.ts';
import { Connection, type Access, type ConnectionStatus } from '../../live/connection.ts';
import type { Attachment } from './attachments.ts';
import { canWait } from './can-wait.ts';
import { Following } from '../../live/following.ts';
import type { DraftChoice } from './held-draft.ts';
import { Ephemera } from './ephemera.ts';
import { FileFetch } from './file-fetch.ts';
import { runtimeLocks, type Locks } from './lock.ts';
import { Mirror } from '../../live/mirror.ts';
import type { PendingMessage } from './outbox.ts';
import { Paced } from '../../live/paced.ts';
import { PresenceWatch } from './presence-watch.ts';
import { ReadMarks } from './read-marks.ts';
import { ReaderWatch, type Readers, type WatchedMessage } from './reader-watch.ts';
import { openSocketIoWire } from './socket-io-wire.ts';
import type { OutboxItem, Storage } from './storage.ts';
import { ThreadReads } from './thread-reads.ts';
import type { Timeline } from './timeline.ts';
import { Timelines } from './timelines.ts';
import { Topic, untracked, type CreateSubscriber } from './topic.ts';
import { ViewKeeper } from './view-keeper.ts';
import { Writing, type PostOptions } from './writing.ts';
import type { OpenWire } from '../../live/wire.ts';

export type { Attachment, Conversation, PendingMessage, Readers, State, Timeline };

const typingEveryMs = 3_000;
const verifyEveryMs = 5 * 60_000;
/** What others do in conversations that nobody looks at is shown no more often than this. */
const elsewhereEveryMs = 1_000;

export type ClientOptions = {
  /** The account's own access token; see ConnectionOptions. */
  getAccess: (minValidMs: number) => Promise<Access | null>;
  storage: Storage;
  app: { name: string; version: string };
  createSubscriber?: CreateSubscriber;
  now?: () => number;
  random?: () => number;
  /** Whether an event was live or came with a resume; the state already knows of it. */
  onEvent?: (event: Event, context: { before: State; after: State }) => void;
  /** A server's frame that could not be used, or storage that failed: worth a line in a log. */
  onTrouble?: (trouble: string, error: unknown) => void;
  openWire?: OpenWire;
  /** Locks between the tabs of a browser; those of the runtime unless given. Null: there are no other tabs. */
  locks?: Locks | null;
};

export class Client {
  readonly #createSubscriber: CreateSubscriber;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #storage: Storage;
  readonly #trouble: (trouble: string, error: unknown) => void;
  readonly #onEvent: ClientOptions['onEvent'];
  readonly #connection: Connection;
  readonly #mirror: Mirror;
  readonly #timelines: Timelines;
  readonly #writing: Writing;
  readonly #ephemera: Ephemera;
  readonly #fileFetch: FileFetch;
  readonly #following: Following;
  readonly #readMarks: ReadMarks;
  readonly #threadReads: ThreadReads;
  readonly #presenceWatch: PresenceWatch;
  readonly #readerWatch: ReaderWatch;
  readonly #view: ViewKeeper;
  readonly #statusTopic: Topic;
  readonly #stateTopic: Topic;
  readonly #stateShown: Paced;
  /** Whether among what came is something that must be seen at once. */
  #mustShow = false;
  readonly #typedAt = new Map<string, number>();
  #presenceSaid: 'active' | 'away' = 'active';
  #verifyTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: ClientOptions) {
    this.#createSubscriber = options.createSubscriber ?? untracked;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#storage = options.storage;
    this.#onEvent = options.onEvent;
    this.#trouble = (trouble, error) => options.onTrouble?.(trouble, error);
    this.#statusTopic = this.#topic();
    this.#stateTopic = this.#topic();
    this.#stateShown = new Paced(elsewhereEveryMs, () => {
      this.#stateTopic.changed();
    });
    const shared = { storage: this.#storage, onTrouble: this.#trouble, random: this.#random };
    this.#ephemera = new Ephemera(this.#topic());
    this.#following = new Following({
      ...shared,
      state: () => this.state,
      ask: (messageId) => this.command('message.get', { messageId }),
      topic: this.#topic(),
    });
    this.#timelines = new Timelines(
      (input) => this.command('message.history', input),
      () => this.#topic(),
    );
    this.#mirror = new Mirror({
      ...shared,
      bootstrap: () => this.command('sync.bootstrap', {}),
      verify: (input) => this.command('sync.verify', input),
      onEvent: (event, before, after) => this.#follow(event, before, after),
      onSnapshot: () => {
        this.#timelines.reset();
        this.#following.reset();
        this.#mustShow = true;
      },
      onChange: () => this.#changed(),
      onBroken: () => {
        if (this.#connection.status.kind === 'online') this.#connection.giveUp();
      },
      onExcess: (excess) => this.#connection.refuse(excess),
    });
    const { getAccess } = options;
    this.#connection = new Connection({
      getAccess,
      client: options.app,
      cursor: () => this.#mirror.cursor,
      onHello: () => void this.#welcomed(),
      onBatch: (batch) => this.#mirror.take(batch),
      onEphemeral: (list) => this.#ephemera.take(list),
      onCursorExpired: () => this.#mirror.expire(),
      onStatus: (status) => this.#statusChanged(status),
      now: this.#now,
      random: this.#random,
      openWire: options.openWire ?? openSocketIoWire,
    });
    this.#writing = new Writing({
      ...shared,
      command: (name, input) => this.command(name, input),
      getAccess,
      onPosted: ({ message }) => this.#timelines.add(message),
      topic: () => this.#topic(),
      locks: options.locks === undefined ? runtimeLocks() : options.locks,
      now: this.#now,
    });
    this.#fileFetch = new FileFetch({ getAccess, fetch: (...asked) => fetch(...asked) });
    this.#readMarks = new ReadMarks({
      ...shared,
      send: (channelId, number) => this.command('read.mark', { channelId, number }),
    });
    this.#threadReads = new ThreadReads({
      ...shared,
      send: (messageId, number) => this.command('thread.markRead', { messageId, number }),
    });
    this.#presenceWatch = new PresenceWatch({
      ...shared,
      watch: (userIds) => this.command('presence.watch', { userIds }),
      onPresences: (presences) => this.#ephemera.setPresences(presences),
    });
    this.#readerWatch = new ReaderWatch({
      ...shared,
      // Whom the line beneath a message names, if it was one person.
      ask: (messageId) => this.command('message.readers', { messageId, limit: 1 }),
      topic: this.#topic(),
    });
    this.#view = new ViewKeeper({
      ...shared,
      mirror: this.#mirror,
      timelines: this.#timelines,
    });
  }

  /** Paints from storage, then connects. Resolves when there is something to show or nothing was stored. */
  async start(): Promise<void> {
    await this.#view.paint();
    await this.#writing.load();
    if (this.#stopped) return;
    this.#connection.start();
    this.#verifyLater();
  }

  /** Ends the connection and writes the view. Nothing of this client goes on after it. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#connection.stop();
    this.#writing.stop();
    this.#fileFetch.stop();
    this.#readMarks.stop();
    this.#threadReads.stop();
    this.#presenceWatch.stop();
    this.#readerWatch.stop();
    this.#ephemera.clear();
    this.#stateShown.stop();
    clearTimeout(this.#verifyTimer);
    await this.#view.finish();
    this.#writing.release();
    this.#storage.close();
  }

  get status(): ConnectionStatus {
    this.#statusTopic.read();
    return this.#connection.status;
  }

  /** Null until a snapshot was painted or fetched. */
  get state(): State | null {
    this.#stateTopic.read();
    return this.#mirror.state;
  }

  /** Whether nothing waits to be sent, no message and no file. */
  get isFlushed(): boolean {
    return this.#writing.isFlushed;
  }

  /** Whether the end of the page would lose nothing: all is with the server, or stored where a next page finds it. */
  get holdsNothing(): boolean {
    const isTold = this.#readMarks.isEmpty && this.#threadReads.isEmpty;
    return this.#storage.name !== null && isTold && this.#writing.holdsNothing;
  }

  /** How often what was held differed from what the server had; 0 in a healthy life. */
  get repairs(): number {
    return this.#mirror.repairs;
  }

  conversation(channelId: Id): Conversation | undefined {
    return this.state?.conversations.get(channelId);
  }

  user(userId: Id): User | undefined {
    return this.state?.users.get(userId);
  }

  /** Who is typing in a channel or a thread. */
  typing(channelId: Id, threadRootId: Id | null = null): Id[] {
    return this.#ephemera.typing(channelId, threadRootId);
  }

  presence(userId: Id): Presence {
    return this.#ephemera.presence(userId);
  }

  /** What waits to be sent in a channel, or in one of its threads. */
  pending(channelId: Id, threadRootId: Id | null = null): PendingMessage[] {
    return this.#writing.pending(channelId, threadRootId);
  }

  draft(channelId: Id, threadRootId: Id | null = null): string {
    return this.#writing.drafts.get(channelId, threadRootId);
  }

  setDraft(channelId: Id, threadRootId: Id | null, text: string): void {
    this.#writing.drafts.set(channelId, threadRootId, text);
  }

  /** What another device has changed while this one did too; null where there is nothing to choose. */
  otherDraft(channelId: Id, threadRootId: Id | null = null): Draft | null {
    return this.#writing.drafts.other(channelId, threadRootId);
  }

  /**
   * The person has chosen what to go on with. Returns the files of the other device for which there is no room, where
   * both were chosen.
   */
  chooseDraft(channelId: Id, threadRootId: Id | null, choice: DraftChoice): readonly File[] {
    return this.#writing.choose(channelId, threadRootId, choice);
  }

  /** The person leaves a field: what they wrote is sent to their other devices at once. */
  flushDrafts(): void {
    this.#writing.drafts.flush();
  }

  /** The largest file that the server takes; null until it has said so, 0 where it takes none. */
  get maxFileBytes(): number | null {
    return this.#writing.maxFileBytes;
  }

  /** The files beside what was begun in a channel or a thread, in their order. */
  attachments(channelId: Id, threadRootId: Id | null = null): readonly Attachment[] {
    return this.#writing.attachments.at(channelId, threadRootId);
  }

  /**
   * Puts files beside what was begun; all of them or none. They are stored once it resolves. Rejects with a ParleyError
   * whose reason is `file_too_large`, `too_many_files` or `storage_full`.
   */
  attach(
    channelId: Id,
    threadRootId: Id | null,
    files: readonly { name: string; blob: Blob }[],
  ): Promise<void> {
    return this.#writing.attachments.add(channelId, threadRootId, files);
  }

  /** Takes a file away again: its upload ends, and the server is asked to delete what it has. */
  detach(channelId: Id, threadRootId: Id | null, id: Id): Promise<void> {
    return this.#writing.attachments.detach(channelId, threadRootId, id);
  }

  /** Uploads a file again that failed. */
  retryAttachment(id: Id): void {
    this.#writing.attachments.retry([id]);
  }

  /** What is stored of an attachment on this device; null where only the server has it. */
  attachedBlob(id: Id): Promise<Blob | null> {
    return this.#writing.attachments.blob(id);
  }

  /** The server's files, with the account's token. */
  get files(): Pick<FileFetch, 'get' | 'download'> {
    return this.#fileFetch;
  }

  /** What the person has to do with the thread of a message; null until that was learned. */
  threadInterest(message: Message): ThreadInterest | null {
    return this.#following.interest(message);
  }

  /** The same, asking the server where it has to be asked; `none` where it cannot be had. */
  learnThreadInterest(message: Message): Promise<ThreadInterest> {
    return this.#following.learn(message);
  }

  /** The messages of a channel, or of one of its threads. The same object as long as it is in use. */
  timeline(channelId: Id, threadRootId: Id | null = null): Timeline {
    return this.#timelines.get(channelId, threadRootId);
  }

  /**
   * The messages that this device has of conversations that the person is in: what was stored and what was loaded since,
   * as it is now. A run for each channel and thread, oldest first; a message may be in two of them.
   */
  held(): { channelId: Id; messages: readonly Message[] }[] {
    const conversations = this.#mirror.state?.conversations;
    return this.#timelines.held().filter(({ channelId }) => conversations?.has(channelId));
  }

  /** Runs a command. Rejects with a ParleyError; `unavailable` when the server cannot be reached. */
  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
    return this.#connection.command(name, input);
  }

  /**
   * Sends a message as soon as that is possible, `withFiles` with all that are attached at its place, in whatever state
   * they are: its text may be empty then. Resolves with its nonce once it is stored and survives the end of the app;
   * rejects when it cannot be stored, and the files stay where they were.
   */
  async post(channelId: Id, text: string, options: PostOptions = {}): Promise<Id> {
    this.#typedAt.delete(placeKey(channelId, options.threadRootId ?? null));
    return this.#writing.post(channelId, text, options);
  }

  /** Sends a message that failed once more. Resolves with the nonce that it has now; null when there is none. */
  retry(nonce: Id): Promise<Id | null> {
    return this.#writing.retry(nonce);
  }

  /** Forgets a message that was not sent, with its files, and gives it back; null when it is under way or gone. */
  discard(nonce: Id): Promise<OutboxItem | null> {
    return this.#writing.discard(nonce);
  }

  /**
   * Takes a message that was not sent back into the draft of its place, and its files to that; false when it is under
   * way or gone. Rejects with the reason `too_many_files` where there is no room for its files.
   */
  takeBack(nonce: Id): Promise<boolean> {
    return this.#writing.takeBack(nonce);
  }

  /** The person has seen everything up to this number. Told to the server in a moment, at the highest. */
  markRead(channelId: Id, number: number): void {
    const membership = this.#mirror.state?.conversations.get(channelId)?.membership;
    if (!membership) return;
    const known = Math.max(membership.readThrough, this.#readMarks.pending(channelId));
    if (number > known) this.#readMarks.mark(channelId, number);
  }

  /** The same for the replies of a thread, by their numbers in it. */
  markThreadRead(channelId: Id, rootId: Id, threadNumber: number): void {
    if (this.#mirror.state?.conversations.get(channelId)?.membership) {
      this.#threadReads.mark(rootId, threadNumber);
    }
  }

  async markUnread(channelId: Id, number: number): Promise<void> {
    this.#readMarks.forget(channelId);
    await this.command('read.markUnread', { channelId, number });
  }

  /** Tells the others, at most every three seconds. */
  startTyping(channelId: Id, threadRootId: Id | null = null): void {
    const key = placeKey(channelId, threadRootId);
    const now = this.#now();
    if (this.#connection.status.kind !== 'online') return;
    if (now - (this.#typedAt.get(key) ?? -typingEveryMs) < typingEveryMs) return;
    this.#typedAt.set(key, now);
    const thread = threadRootId === null ? {} : { threadRootId };
    this.command('typing.start', { channelId, ...thread }).catch((error: unknown) => {
      this.#trouble('typing was not told', error);
    });
  }

  /** Asks for the presence of people while they are on screen. Returns what ends that. */
  watchPresence(userIds: readonly Id[]): () => void {
    return this.#presenceWatch.add(userIds);
  }

  /** Asks who has read this message of one's own, again and again while somebody looks at it. Returns what ends that. */
  watchReaders(message: WatchedMessage): () => void {
    return this.#readerWatch.watch(message);
  }

  /** Who has read the message that is watched, as far as is known; null where the workspace does not show it. */
  readers(messageId: Id): Readers | null {
    return this.state?.workspace.readReceipts ? this.#readerWatch.of(messageId) : null;
  }

  /** Whether the person is at this device; said again on every connection. */
  async setPresence(presence: 'active' | 'away'): Promise<void> {
    this.#presenceSaid = presence;
    if (this.#connection.status.kind === 'online') await this.command('presence.set', { presence });
  }

  /** Connects at once instead of waiting for the next attempt: the person asks, or the network is back. */
  tryNow(): void {
    this.#connection.tryNow();
  }

  /**
   * After a sleep: finds out within the deadline whether the connection is alive, and makes a new one if not. A second
   * leaves another one for that, so that all is there two seconds after the machine woke; a connection that was only
   * slow costs no more than a resume.
   */
  probe(deadlineMs = 1_000): Promise<void> {
    return this.#connection.probe(deadlineMs);
  }

  /** Compares what is held with what the server has, and repairs what differs. */
  async verify(): Promise<void> {
    if (this.#connection.status.kind === 'online') await this.#mirror.verify();
  }

  #topic(): Topic {
    return new Topic(this.#createSubscriber);
  }

  #verifyLater(): void {
    this.#verifyTimer = setTimeout(
      () => {
        void this.verify().finally(() => {
          if (!this.#stopped) this.#verifyLater();
        });
      },
      verifyEveryMs * (0.8 + this.#random() * 0.4),
    );
  }

  #statusChanged(status: ConnectionStatus): void {
    const online = status.kind === 'online';
    this.#setWriting();
    this.#writing.setOnline(online);
    this.#readMarks.setOnline(online);
    this.#threadReads.setOnline(online);
    this.#presenceWatch.setOnline(online);
    this.#readerWatch.setOnline(online);
    if (!online) this.#ephemera.clear();
    this.#statusTopic.changed();
  }

  /** What the person wrote is sent once it is known what it is added to. */
  #setWriting(): void {
    const able = this.#connection.status.kind === 'online' && !this.#mirror.snapshotDue;
    this.#writing.setAble(able);
  }

  async #welcomed(): Promise<void> {
    this.#writing.learnServer();
    await this.#mirror.refresh();
    this.#timelines.retry();
    this.setPresence(this.#presenceSaid).catch((error: unknown) => {
      this.#trouble('presence was not told', error);
    });
  }

  #changed(): void {
    if (this.#mirror.state) this.#writing.drafts.observe(this.#mirror.state);
    this.#setWriting();
    if (this.#stopped) return;
    if (this.#mustShow) this.#stateShown.now();
    else this.#stateShown.soon();
    this.#mustShow = false;
    this.#view.saveSoon();
  }

  #follow(event: Event, before: State, after: State): void {
    this.#timelines.follow(event);
    this.#following.follow(event);
    this.#readerWatch.follow(event.audience);
    this.#threadReads.follow(event);
    this.#mustShow ||= !canWait(event, before, after, (id) => this.#timelines.isShown(id));
    // What they may see no more is not at hand either.
    if (event.type === 'membership.removed') this.#fileFetch.clear();
    if (event.type === 'message.posted') {
      const { channelId, threadRootId, authorId, nonce } = event.data.message;
      this.#ephemera.stopTyping(channelId, threadRootId, authorId);
      if (nonce !== undefined && authorId === after.me.id) this.#writing.confirmed(nonce);
    }
    this.#onEvent?.(event, { before, after });
  }
}
