import { untrack } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';
import { quietReason } from '@parley/shared/notifications/decide.ts';
import { toSnapshot } from '@parley/shared/state/state.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id, Timestamp } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { HandOver, Told } from '../../bridge/hand-over.ts';
import type { Access, CallInput, CallOutput } from '../../bridge/bridge.ts';
import type { Account, KnownAccount } from '../../bridge/settings.ts';
import { countsOf } from '../../live/badge-sum.ts';
import { Notifier } from '../../live/notifier.ts';
import { MessageSearch } from '../features/search/message-search.svelte.ts';
import { heldMessages } from '../features/search/source.ts';
import type { SidebarRow } from '../features/sidebar/sections.ts';
import type { MessageActions } from '../features/timeline/host.ts';
import { plainText } from '../features/timeline/markdown/parsed.ts';
import { conversationName, conversationTitle, explain, messages } from '../messages.ts';
import { Client, type State } from '../sync/client.ts';
import type { Storage } from '../sync/storage.ts';
import { Downloads } from '../ui/files/downloads.svelte.ts';
import { Pictures } from '../ui/files/pictures.ts';
import { saveBlob } from '../ui/files/save.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { openStorage } from './account-storage.ts';
import { Attention } from './attention.svelte.ts';
import type { Device } from './device.svelte.ts';
import type { DialogName } from './dialog-name.ts';
import { innerLink, linkTo } from './links.ts';
import { painted } from './painted.ts';
import { Places } from './places.svelte.ts';
import { neighbour } from './shortcuts.ts';
import { reportTrouble } from './trouble.ts';

const maxName = 200;
/** So long after this device went idle, a presence that is still active is another device's. */
const presenceSettlesMs = 5_000;
const quietLookMs = 20_000;

type EventListener = (event: Event, after: State) => void;

/** What a workspace may ask of its page. */
export type Surface = {
  /** Shows the bar that finds in the conversation. */
  find: () => void;
  /** Closes what is open, or marks the conversation as read. */
  escape: () => void;
};

/** What a workspace needs from those beside it. */
export type Surroundings = {
  device: Device;
  /** Whether this is the workspace on screen. */
  isShown: (workspace: Workspace) => boolean;
  /** Opens the link where it leads to another workspace of this device; false where it does not. */
  openElsewhere: (href: string) => boolean;
  /** What is to be known of it at the next start, before anything was read. */
  remember: (account: Account, what: Pick<KnownAccount, 'workspace' | 'channelId'>) => void;
};

/**
 * One account on one server: its connection, what is open, and what happens when one feature asks for another. It
 * goes on in the background while another workspace is on screen.
 */
export class Workspace {
  readonly account: Account;
  readonly client: Client;
  readonly places = new Places();
  readonly attention: Attention;
  /** What the person looks for; it is there again when they come back to it. */
  readonly search: MessageSearch;
  /** The pictures on screen, and the files that the person wants on their disk. */
  readonly pictures = new Pictures((fileId, size) => this.client.files.get(fileId, size));
  readonly downloads = new Downloads({
    fetch: (fileId, watch) => this.client.files.download(fileId, watch),
    keep: saveBlob,
    onFailed: ({ name }, error) => {
      toasts.fail(messages.files.downloadFailed(name, explain(error)));
      reportTrouble('a file could not be downloaded', error);
    },
  });
  /** Nobody is signed in here any more, by the server's word. What was written and not sent waits. */
  ended = $state(false);
  dialog = $state<DialogName | null>(null);
  profile = $state.raw<{ userId: Id; anchor: HTMLElement } | null>(null);
  /** What the person said themselves, until they say otherwise or come back. */
  saidAway = $state(false);
  /** What is on screen of it; null while it is not. */
  surface: Surface | null = null;
  /** The rows of the sidebar from top to bottom. */
  order: readonly SidebarRow[] = [];
  readonly #around: Surroundings;
  readonly #storage: Storage;
  readonly #notifier: Notifier;
  readonly #endings: (() => void)[] = [];
  #listeners: readonly EventListener[] = [];
  #begin: () => void = () => undefined;
  /** Settled once there is something to show, and what was open last is open. */
  readonly #begun = new Promise<void>((resolve) => (this.#begin = resolve));
  /** Of the person's devices this is the one that they used last, as far as their presence tells. */
  #wasHereLast = true;
  /** Moves on by itself, so that a pause that has ended is seen to have ended. */
  #now = $state(Date.now());
  #painted: Promise<void> | null = null;

  private constructor(account: Account, storage: Storage, around: Surroundings) {
    this.account = account;
    this.#storage = storage;
    this.#around = around;
    const { device } = around;
    this.client = new Client({
      getAccess: (minValidMs) => this.#access(minValidMs),
      storage,
      app: { name: `parley-${device.bridge.kind}`, version: device.info.version },
      createSubscriber,
      onEvent: (event, { after }) => {
        this.#follow(event, after);
        for (const listener of this.#listeners) listener(event, after);
      },
      onTrouble: reportTrouble,
    });
    this.search = new MessageSearch(heldMessages(this.client));
    this.attention = new Attention(device, this.places, () => around.isShown(this));
    this.#notifier = new Notifier({
      account,
      bridge: device.bridge,
      attention: () => this.attention.now,
      isElsewhere: () => !this.#wasHereLast,
      plainText,
      threadInterest: (reply) => this.client.learnThreadInterest(reply),
      now: Date.now,
      onTrouble: reportTrouble,
    });
  }

  /** Paints what was kept of the account here, and connects. `lastChannelId`: what was open last. */
  static async open(
    { server, userId }: Account,
    lastChannelId: Id | null,
    around: Surroundings,
  ): Promise<Workspace> {
    const account = { server, userId };
    const { bridge } = around.device;
    const [storage, past] = await Promise.all([
      openStorage(account),
      bridge.call('notification.resume', { account }),
    ]);
    const workspace = new Workspace(account, storage, around);
    workspace.#notifier.resume(past);
    await workspace.client.start();
    if (!workspace.ended) workspace.#live(lastChannelId);
    return workspace;
  }

  /** Ends the connection. What is stored of the account stays. */
  async close(): Promise<void> {
    for (const end of this.#endings.splice(0)) end();
    this.#notifier.close();
    this.pictures.clear();
    await this.client.stop();
  }

  /** Deletes what is stored of the account on this device. For one that is closed. */
  async forget(): Promise<void> {
    await this.#storage.wipe();
  }

  /** The page may go as far as this workspace is concerned. */
  get canRelease(): boolean {
    // What is nothing to go on from is nothing to hand over.
    const isWhole = this.client.state?.needsSnapshot === false;
    const isIdle = this.downloads.isIdle && this.#notifier.isIdle;
    return isWhole && this.client.holdsNothing && isIdle;
  }

  /** Ends everything here at one moment, from which main goes on. `stored`: settled once the view is written. */
  release(): { handOver: HandOver; stored: Promise<void> } {
    for (const end of this.#endings.splice(0)) end();
    const left = this.#notifier.close();
    const stored = this.client.stop();
    const { state } = this.client;
    if (!state) throw new Error('there is nothing to hand over');
    const handOver = { snapshot: toSnapshot(state), ...left, wasHereLast: this.#wasHereLast };
    return { handOver, stored };
  }

  /** The session is over, by the server's word. */
  async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.close();
  }

  /** What is shown for the workspace before its name is known. */
  get name(): string {
    return this.client.state?.workspace.name ?? '';
  }

  /** How much is unread. */
  get counts(): { unread: number; mentions: number } {
    return countsOf(this.ended ? null : this.client.state);
  }

  get isOnline(): boolean {
    return this.client.status.kind === 'online';
  }

  /** Why the person wants to hear of nothing here at the moment; null where they do, or nothing is known yet. */
  get quietNow(): ReturnType<typeof quietReason> {
    const { state } = this.client;
    return state && this.quiet(state);
  }

  /** Tells of every event from the server, once. Returns what ends the telling. */
  onEvent(listener: EventListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
    };
  }

  /** What messages may ask of the app around them. */
  readonly actions: MessageActions = {
    openThread: (message) => this.openThread(message),
    openProfile: (userId, anchor) => (this.profile = { userId, anchor }),
    openChannel: (channelId) => this.places.open(channelId),
    openLink: (href) => this.openLink(href),
    explainNotification: (messageId) => this.explain(messageId),
    linkTo: ({ id, channelId }) => linkTo(this.account.server, { channelId, messageId: id }),
    pictures: this.pictures,
    downloads: this.downloads,
  };

  get presence(): 'active' | 'away' {
    return this.saidAway ? 'away' : this.attention.presence;
  }

  /** Leads to a conversation, or to a message in it, as soon as there is something to show. */
  async lead(channelId: Id, messageId: Id | null): Promise<void> {
    await this.#begun;
    await this.openInner(channelId, messageId);
  }

  /** Opens a conversation at one of its messages; a reply opens in its thread. */
  async openInner(channelId: Id, messageId: Id | null): Promise<void> {
    this.places.open(channelId);
    if (messageId === null) return;
    try {
      this.openMessage(await this.#message(messageId, channelId));
    } catch (error) {
      // The conversation is open, at its end; only the message cannot be led to.
      reportTrouble('a message could not be led to', error);
    }
  }

  /** Answers a message from its notification: in its thread, if it is in one. What was answered has been read. */
  async reply({ channelId, threadRootId }: Told, text: string): Promise<void> {
    try {
      await this.client.post(channelId, text, threadRootId === null ? {} : { threadRootId });
    } catch (error) {
      toasts.fail(messages.notification.replyFailed(text));
      reportTrouble('an answer from a notification could not be sent', error);
    }
  }

  /** Marks as read what led up to a message, by its notification. */
  markRead({ channelId, number, threadRootId, threadNumber }: Told): void {
    if (number !== null) this.client.markRead(channelId, number);
    if (threadRootId === null) return;
    this.#notifier.threadSeen(threadRootId);
    if (threadNumber !== null) this.client.markThreadRead(channelId, threadRootId, threadNumber);
  }

  /** Opens the conversation of a message at it, and its thread, if it is in one. */
  openMessage(message: Message): void {
    const { channelId, number } = message;
    this.places.open(channelId, number === null ? null : { number });
    if (message.threadRootId !== null) this.openThread(message);
  }

  /** Opens the thread of a message: at it, if it is a reply. */
  openThread(message: Pick<Message, 'id' | 'channelId' | 'threadRootId' | 'threadNumber'>): void {
    const { channelId, threadNumber: number } = message;
    const rootId = message.threadRootId ?? message.id;
    const target = number === null ? null : { number };
    this.places.panel = { kind: 'thread', channelId, rootId, target };
  }

  /** Shows the search, for what was looked for before or for this. */
  openSearch(text: string | null = null): void {
    if (text !== null) void this.search.type(text);
    this.places.panel = { kind: 'search' };
  }

  openLink(href: string): void {
    const inner = innerLink(href, this.account.server);
    if (inner) {
      void this.openInner(inner.channelId, inner.messageId);
      return;
    }
    if (this.#around.openElsewhere(href)) return;
    this.#around.device.bridge.call('link.open', { url: href }).then(
      ({ opened }) => {
        if (!opened) toasts.show(messages.shell.linkRefused);
      },
      (error: unknown) => toasts.fail(explain(error)),
    );
  }

  async openDirect(userId: Id): Promise<void> {
    this.profile = null;
    try {
      const { channel } = await this.client.command('channel.openDirect', { userIds: [userId] });
      this.places.open(channel.id);
    } catch (error) {
      toasts.fail(explain(error));
    }
  }

  /** Goes to the conversation above or below in the sidebar. */
  step(by: 1 | -1, unread: boolean): void {
    const next = neighbour(this.order, this.places.channelId, by, unread);
    if (next !== null) this.places.open(next);
  }

  threadSeen(rootId: Id): void {
    this.#notifier.threadSeen(rootId);
  }

  /** Why the person wants to hear of nothing at the moment, if they do. */
  quiet({ preferences }: State): ReturnType<typeof quietReason> {
    return quietReason(preferences, Math.max(this.#now, Date.now()));
  }

  setPause(until: Timestamp | null): void {
    this.client
      .command('preferences.set', { doNotDisturbUntil: until })
      .catch((error: unknown) => toasts.fail(explain(error)));
  }

  /** Why this device did, or did not, tell of a message. */
  async explain(messageId: Id): Promise<CallOutput<'notification.explain'>['decisions']> {
    this.#notifier.keepDecisions();
    const { account } = this;
    const { bridge } = this.#around.device;
    return (await bridge.call('notification.explain', { account, messageId })).decisions;
  }

  /** The title of the page while this workspace is on screen. */
  get title(): string {
    const { state } = this.client;
    if (!state) return messages.productName;
    const { unread, mentions } = this.counts;
    const conversation = state.conversations.get(this.places.channelId ?? '');
    const place = conversation
      ? conversationName(conversation.channel, state.me.id, state.users)
      : messages.productName;
    const mark = mentions > 0 ? `(${mentions}) ` : unread > 0 ? '• ' : '';
    return mark + messages.shell.pageTitle(place, state.workspace.name);
  }

  /** Conversations that the person was in, the last one first. */
  get recent(): CallInput<'badge.set'>['recent'] {
    const { state } = this.client;
    if (!state) return [];
    const { conversations, me, users } = state;
    return this.places.recent.flatMap((channelId) => {
      const channel = conversations.get(channelId)?.channel;
      const { server } = this.account;
      return channel
        ? [{ server, channelId, title: conversationTitle(channel, me.id, users) }]
        : [];
    });
  }

  async #message(messageId: Id, channelId: Id): Promise<Message> {
    const held = this.client.timeline(channelId).messages.find(({ id }) => id === messageId);
    return held ?? (await this.client.command('message.get', { messageId })).message;
  }

  #live(lastChannelId: Id | null): void {
    const clock = setInterval(() => (this.#now = Date.now()), quietLookMs);
    this.#endings.push(
      () => clearInterval(clock),
      $effect.root(() => {
        let begun = false;
        $effect(() => {
          const { state } = this.client;
          if (!state || begun) return;
          begun = true;
          untrack(() => this.#openLast(state, lastChannelId));
        });
        $effect(() => {
          this.client.setPresence(this.presence).catch(() => {
            // Said again at the next connection.
          });
        });
        const meId = $derived(this.client.state?.me.id);
        $effect(() => (meId === undefined ? undefined : this.client.watchPresence([meId])));
        $effect(() => {
          if (this.attention.presence === 'active') {
            this.#wasHereLast = true;
            return;
          }
          if (meId === undefined || this.client.presence(meId) !== 'active') return;
          // The server may not have heard yet that nobody is here.
          const timer = setTimeout(() => (this.#wasHereLast = false), presenceSettlesMs);
          return () => clearTimeout(timer);
        });
        $effect(() => {
          const { name } = this;
          const { channelId } = this.places;
          if (!this.client.state || !begun) return;
          const what = { workspace: name.slice(0, maxName), channelId };
          untrack(() => this.#around.remember(this.account, what));
        });
      }),
    );
  }

  #openLast(state: State, last: Id | null): void {
    const known = last !== null && state.conversations.has(last) ? last : this.#first(state);
    if (known !== null) this.places.open(known);
    // With one column the list is where one begins.
    this.places.listShown = true;
    this.#begin();
  }

  async #access(minValidMs: number): Promise<Access | null> {
    const { device } = this.#around;
    // To open the keyring and to connect takes what the first paint needs.
    await (this.#painted ??= painted());
    const access = await device.bridge.call('session.access', {
      account: this.account,
      minValidMs,
    });
    // Another tab signed somebody else in: what is on screen here is not theirs.
    if (access && access.userId !== this.account.userId) {
      device.changeSettings({ accounts: [], currentAccount: null });
      location.reload();
      return null;
    }
    if (!access) void this.end();
    return access;
  }

  #follow(event: Event, after: State): void {
    this.#notifier.follow(event, after);
    if (event.type === 'membership.removed') {
      const { channelId } = event.data;
      if (this.places.channelId === channelId) toasts.show(messages.shell.leftConversation);
      this.places.leave(channelId);
    }
  }

  #first(state: State): Id | null {
    const channels = [...state.conversations.values()].map(({ channel }) => channel);
    const open = channels.filter(({ archivedAt }) => archivedAt === null);
    return (open.find(({ name }) => name === 'general') ?? open[0])?.id ?? null;
  }
}
