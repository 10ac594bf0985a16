/**
 * What the interface, a bot or a test holds of one account on one server. No DOM: it runs in Node too.
 *
 * - Reading is synchronous and, with `createSubscriber` of svelte/reactivity, reactive: `client.state`,
 *   `client.status`, `client.timeline(id).messages`, `client.pending(id)`, `client.typing(id)`,
 *   `client.presence(userId)`, `client.draft(key)`.
 * - `start()` paints from storage, then connects; `stop()` writes the view and ends.
 * - `command(name, input)` runs any command; `post`, `retry`, `discard` go through the outbox; `markRead`,
 *   `startTyping` and `watchPresence` may be called as often as one likes.
 * - `onEvent` tells of every event once, live ones and those that a resume brings.
 */
import type { CommandInput, CommandName, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { parseEvent, type Event } from '@parley/shared/protocol/events.ts';
import type { EventBatch } from '@parley/shared/protocol/frames.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Presence, User } from '@parley/shared/protocol/user.ts';
import { apply } from '@parley/shared/state/apply.ts';
import { digest } from '@parley/shared/state/digest.ts';
import {
  fromSnapshot,
  toSnapshot,
  type Conversation,
  type State,
} from '@parley/shared/state/state.ts';
import { Connection, type Access, type ConnectionStatus } from './connection.ts';
import { Ephemera, placeKey } from './ephemera.ts';
import { Outbox, type PendingMessage } from './outbox.ts';
import type { OutboxItem, Storage } from './storage.ts';
import { Timeline } from './timeline.ts';
import { Topic, untracked, type CreateSubscriber } from './topic.ts';

export type { Conversation, PendingMessage, State, Timeline };

const maxTimelines = 40;
const cachedTimelines = 30;
const cachedMessages = 100;
const saveAfterMs = 1_500;
const markReadAfterMs = 250;
const typingEveryMs = 3_000;
const watchAfterMs = 300;
const maxWatched = 500;
const verifyEveryMs = 5 * 60_000;

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
};

export class Client {
  readonly #options: ClientOptions;
  readonly #createSubscriber: CreateSubscriber;
  readonly #now: () => number;
  readonly #storage: Storage;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #ephemera: Ephemera;
  readonly #statusTopic: Topic;
  readonly #stateTopic: Topic;
  readonly #draftTopic: Topic;
  readonly #pendingTopic: Topic;
  readonly #timelines = new Map<string, Timeline>();
  readonly #drafts = new Map<string, string>();
  readonly #typedAt = new Map<string, number>();
  readonly #readTimers = new Map<Id, ReturnType<typeof setTimeout>>();
  readonly #readThrough = new Map<Id, number>();
  #state: State | null = null;
  #snapshotDue = false;
  #fetchingSnapshot = false;
  /** Batches that come while a snapshot is on its way. */
  #early: EventBatch[] = [];
  #watched: Id[] = [];
  #watchTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #verifyTimer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;
  /** How often what was held differed from what the server had; 0 in a healthy life. */
  repairs = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#createSubscriber = options.createSubscriber ?? untracked;
    this.#now = options.now ?? Date.now;
    this.#storage = options.storage;
    const random = options.random ?? Math.random;
    this.#statusTopic = this.#topic();
    this.#stateTopic = this.#topic();
    this.#draftTopic = this.#topic();
    this.#pendingTopic = this.#topic();
    this.#ephemera = new Ephemera(this.#topic());
    this.#connection = new Connection({
      getAccess: options.getAccess,
      client: options.app,
      cursor: () =>
        this.#state && !this.#snapshotDue
          ? { after: this.#state.position, epoch: this.#state.epoch }
          : null,
      onHello: () => void this.#onHello(),
      onBatch: (batch) => this.#onBatch(batch),
      onEphemeral: (list) => this.#ephemera.take(list),
      onCursorExpired: () => {
        this.#snapshotDue = true;
      },
      onStatus: (status) => this.#onStatus(status),
      now: this.#now,
      random,
    });
    this.#outbox = new Outbox({
      storage: this.#storage,
      post: (input) => this.command('message.post', input),
      onPosted: ({ message }) => this.#addOwn(message),
      onChange: () => this.#pendingTopic.changed(),
      random,
    });
  }

  /** Paints from storage, then connects. Resolves when there is something to show or nothing was stored. */
  async start(): Promise<void> {
    await this.#paint();
    if (this.#stopped) return;
    this.#connection.start();
    this.#verifyTimer = setInterval(
      () => void this.verify(),
      verifyEveryMs * (0.8 + Math.random() * 0.4),
    );
  }

  /** Writes the view and ends the connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#connection.stop();
    this.#outbox.stop();
    this.#ephemera.clear();
    clearInterval(this.#verifyTimer);
    clearTimeout(this.#watchTimer);
    for (const timer of this.#readTimers.values()) clearTimeout(timer);
    clearTimeout(this.#saveTimer);
    await this.#save();
    this.#storage.close();
  }

  get status(): ConnectionStatus {
    this.#statusTopic.read();
    return this.#connection.status;
  }

  /** Null until a snapshot was painted or fetched. */
  get state(): State | null {
    this.#stateTopic.read();
    return this.#state;
  }

  /** Whether nothing waits to be sent. */
  get isFlushed(): boolean {
    this.#pendingTopic.read();
    return this.#outbox.isEmpty;
  }

  conversation(channelId: Id): Conversation | undefined {
    return this.state?.conversations.get(channelId);
  }

  user(userId: Id): User | undefined {
    return this.state?.users.get(userId);
  }

  typing(channelId: Id, threadRootId: Id | null = null): Id[] {
    return this.#ephemera.typing(channelId, threadRootId);
  }

  presence(userId: Id): Presence {
    return this.#ephemera.presence(userId);
  }

  /** What waits to be sent in a channel, or in one of its threads. */
  pending(channelId: Id, threadRootId: Id | null = null): PendingMessage[] {
    this.#pendingTopic.read();
    return this.#outbox.pending(channelId, threadRootId);
  }

  draft(channelId: Id, threadRootId: Id | null = null): string {
    this.#draftTopic.read();
    return this.#drafts.get(placeKey(channelId, threadRootId)) ?? '';
  }

  setDraft(channelId: Id, threadRootId: Id | null, text: string): void {
    const key = placeKey(channelId, threadRootId);
    if ((this.#drafts.get(key) ?? '') === text) return;
    if (text === '') this.#drafts.delete(key);
    else this.#drafts.set(key, text);
    this.#draftTopic.changed();
    this.#storage.putDraft(key, text).catch((error: unknown) => {
      this.#trouble('a draft could not be stored', error);
    });
  }

  /** The messages of a channel, or of one of its threads. The same object as long as it is in use. */
  timeline(channelId: Id, threadRootId: Id | null = null): Timeline {
    const key = placeKey(channelId, threadRootId);
    const known = this.#timelines.get(key);
    if (known) {
      // The order of the map is the order of last use.
      this.#timelines.delete(key);
      this.#timelines.set(key, known);
      return known;
    }
    const timeline = new Timeline({
      channelId,
      threadRootId,
      history: (input) => this.command('message.history', input),
      topic: this.#topic(),
    });
    this.#timelines.set(key, timeline);
    for (const oldest of this.#timelines.keys()) {
      if (this.#timelines.size <= maxTimelines) break;
      this.#timelines.delete(oldest);
    }
    return timeline;
  }

  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
    return this.#connection.command(name, input);
  }

  /** Sends a message as soon as that is possible. Resolves once it is stored and survives the end of the app. */
  async post(
    channelId: Id,
    text: string,
    options: { threadRootId?: Id; alsoToChannel?: boolean } = {},
  ): Promise<Id> {
    const nonce = crypto.randomUUID();
    const { threadRootId, alsoToChannel = false } = options;
    await this.#outbox.add({
      nonce,
      channelId,
      text,
      alsoToChannel,
      createdAt: new Date(this.#now()).toISOString(),
      ...(threadRootId !== undefined && { threadRootId }),
    });
    return nonce;
  }

  retry(nonce: Id): Promise<void> {
    return this.#outbox.retry(nonce);
  }

  discard(nonce: Id): Promise<OutboxItem | null> {
    return this.#outbox.discard(nonce);
  }

  /** The person has seen everything up to this number. Told to the server in a moment, at the highest. */
  markRead(channelId: Id, number: number): void {
    const membership = this.#state?.conversations.get(channelId)?.membership;
    const known = Math.max(membership?.readThrough ?? 0, this.#readThrough.get(channelId) ?? 0);
    if (!membership || number <= known) return;
    this.#readThrough.set(channelId, number);
    if (this.#readTimers.has(channelId)) return;
    const timer = setTimeout(() => {
      this.#readTimers.delete(channelId);
      const upTo = this.#readThrough.get(channelId) ?? number;
      this.#readThrough.delete(channelId);
      this.command('read.mark', { channelId, number: upTo }).catch((error: unknown) => {
        // Offline: seeing it again after the reconnection marks it again.
        this.#trouble('a read mark was not taken', error);
      });
    }, markReadAfterMs);
    this.#readTimers.set(channelId, timer);
  }

  async markUnread(channelId: Id, number: number): Promise<void> {
    clearTimeout(this.#readTimers.get(channelId));
    this.#readTimers.delete(channelId);
    this.#readThrough.delete(channelId);
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

  /** Whose presence is on screen. */
  watchPresence(userIds: Id[]): void {
    this.#watched = [...new Set(userIds)].slice(0, maxWatched);
    clearTimeout(this.#watchTimer);
    this.#watchTimer = setTimeout(() => void this.#watch(), watchAfterMs);
  }

  async setPresence(presence: 'active' | 'away'): Promise<void> {
    this.#presenceSaid = presence;
    if (this.#connection.status.kind === 'online') await this.command('presence.set', { presence });
  }
  #presenceSaid: 'active' | 'away' = 'active';

  tryNow(): void {
    this.#connection.tryNow();
  }

  probe(deadlineMs = 2_000): Promise<void> {
    return this.#connection.probe(deadlineMs);
  }

  /** Compares what is held with what the server has, and repairs what differs. */
  async verify(): Promise<void> {
    const state = this.#state;
    if (!state || this.#connection.status.kind !== 'online' || this.#fetchingSnapshot) return;
    try {
      const input = { position: state.position, digest: digest(state) };
      const { ok, repairs } = await this.command('sync.verify', input);
      if (ok || !repairs) return;
      this.repairs += 1;
      this.#trouble('what was held differed from the server', { position: state.position });
      if ((this.#state?.position ?? 0) <= repairs.position) this.#takeSnapshot(repairs);
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
    }
  }

  #topic(): Topic {
    return new Topic(this.#createSubscriber);
  }

  #trouble(trouble: string, error: unknown): void {
    this.#options.onTrouble?.(trouble, error);
  }

  async #paint(): Promise<void> {
    try {
      for (const [key, text] of await this.#storage.loadDrafts()) this.#drafts.set(key, text);
      this.#draftTopic.changed();
      const view = await this.#storage.loadView();
      if (view) {
        this.#state = fromSnapshot(view.snapshot);
        for (const { channelId, messages } of view.timelines) {
          this.timeline(channelId).restore(messages);
        }
        this.#stateTopic.changed();
      }
    } catch (error) {
      // The view is disposable: everything comes back from the server.
      this.#trouble('the stored view could not be read', error);
    }
    await this.#outbox.load();
  }

  #onStatus(status: ConnectionStatus): void {
    this.#outbox.setOnline(status.kind === 'online' && !this.#snapshotDue);
    if (status.kind !== 'online') this.#ephemera.clear();
    this.#statusTopic.changed();
  }

  async #onHello(): Promise<void> {
    if (!this.#state || this.#snapshotDue) await this.#fetchSnapshot();
    void this.#watch();
    this.command('presence.set', { presence: this.#presenceSaid }).catch((error: unknown) => {
      this.#trouble('presence was not told', error);
    });
    for (const timeline of this.#timelines.values()) {
      if (timeline.failure !== null) void timeline.open();
    }
  }

  async #fetchSnapshot(): Promise<void> {
    if (this.#fetchingSnapshot) return;
    this.#fetchingSnapshot = true;
    this.#early = [];
    try {
      const snapshot = await this.command('sync.bootstrap', {});
      this.#takeSnapshot(snapshot);
      for (const batch of this.#early) this.#applyBatch(batch);
    } catch (error) {
      this.#trouble('no snapshot could be had', error);
      if (!this.#stopped) this.#connection.reconnect();
    } finally {
      this.#fetchingSnapshot = false;
      this.#early = [];
    }
  }

  /** Begins from a snapshot: what timelines held may have holes, so they load anew. */
  #takeSnapshot(snapshot: Snapshot): void {
    this.#snapshotDue = false;
    this.#state = fromSnapshot(snapshot);
    const open = [...this.#timelines.values()].filter((timeline) => timeline.isLoaded);
    for (const timeline of open) timeline.reset();
    this.#stateTopic.changed();
    this.#outbox.setOnline(this.#connection.status.kind === 'online');
    // The one used last is on screen; the others load when they are opened.
    const last = open.at(-1);
    if (last) void last.open();
    this.#saveSoon();
  }

  #onBatch(batch: EventBatch): void {
    if (this.#fetchingSnapshot || !this.#state) this.#early.push(batch);
    else this.#applyBatch(batch);
  }

  #applyBatch(batch: EventBatch): void {
    const state = this.#state;
    if (!state || batch.position <= state.position) return;
    if (batch.after > state.position) {
      // Something is missing in between: resume from where this client stands.
      this.#trouble('a gap in the stream', { after: batch.after, position: state.position });
      this.#connection.reconnect();
      return;
    }
    try {
      for (const raw of batch.events) {
        if (raw.position <= (this.#state?.position ?? 0)) continue;
        const event = parseEvent(raw);
        if (event) this.#applyEvent(event);
      }
    } catch (error) {
      this.#trouble('an event could not be read', error);
      this.#snapshotDue = true;
    }
    if (this.#state) this.#state = { ...this.#state, position: batch.position };
    this.#stateTopic.changed();
    this.#saveSoon();
    if (this.#state?.needsSnapshot || this.#snapshotDue) void this.#fetchSnapshot();
  }

  #applyEvent(event: Event): void {
    const before = this.#state;
    if (!before) return;
    const after = apply(before, event);
    this.#state = after;
    for (const timeline of this.#timelines.values()) timeline.follow(event);
    if (event.type === 'message.posted') {
      const { message } = event.data;
      this.#ephemera.stopTyping(message.channelId, message.threadRootId, message.authorId);
      if (message.nonce !== undefined && message.authorId === after.me.id) {
        this.#outbox.confirmed(message.nonce);
      }
    }
    if (event.type === 'membership.removed') this.#forget(event.data.channelId);
    this.#options.onEvent?.(event, { before, after });
  }

  /** Nothing of a conversation that one has left stays. */
  #forget(channelId: Id): void {
    for (const [key, timeline] of this.#timelines) {
      if (timeline.channelId === channelId) this.#timelines.delete(key);
    }
  }

  #addOwn(message: Message): void {
    for (const timeline of this.#timelines.values()) timeline.add(message);
  }

  async #watch(): Promise<void> {
    if (this.#connection.status.kind !== 'online' || this.#watched.length === 0) return;
    try {
      const { presences } = await this.command('presence.watch', { userIds: this.#watched });
      this.#ephemera.setPresences(presences);
    } catch (error) {
      this.#trouble('presence could not be asked for', error);
    }
  }

  #saveSoon(): void {
    if (this.#stopped || this.#saveTimer !== undefined) return;
    this.#saveTimer = setTimeout(() => {
      this.#saveTimer = undefined;
      void this.#save();
    }, saveAfterMs);
  }

  async #save(): Promise<void> {
    const state = this.#state;
    if (!state || this.#snapshotDue) return;
    const timelines = [...this.#timelines.values()]
      .filter((timeline) => timeline.threadRootId === null)
      .slice(-cachedTimelines)
      .flatMap((timeline) => {
        const messages = timeline.latest(cachedMessages);
        return messages ? [{ channelId: timeline.channelId, messages }] : [];
      });
    try {
      await this.#storage.saveView({ snapshot: toSnapshot(state), timelines });
    } catch (error) {
      this.#trouble('the view could not be stored', error);
    }
  }
}
