import { quietReason } from '@parley/shared/notifications/decide.ts';
import { badge } from '@parley/shared/state/badge.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id, Timestamp } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { CallInput, CallOutput, SignalData } from '../../bridge/bridge.ts';
import { Notifier } from '../features/notifications/notifier.ts';
import { pauseEnd } from '../features/notifications/pause.ts';
import type { SidebarRow } from '../features/sidebar/sections.ts';
import type { MessageActions } from '../features/timeline/host.ts';
import { plainText } from '../features/timeline/markdown/parsed.ts';
import { conversationName, conversationTitle, explain, messages } from '../messages.ts';
import type { Client, State } from '../sync/client.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import type { Account } from './account.ts';
import { Attention } from './attention.svelte.ts';
import type { DialogName } from './dialog-name.ts';
import { innerLink, linkTo } from './links.ts';
import { Places } from './places.svelte.ts';
import type { Session } from './session.svelte.ts';
import { neighbour } from './shortcuts.ts';
import { reportTrouble } from './trouble.ts';

const quietLookMs = 20_000;
const recentInTray = 5;

/** A conversation that a link from outside leads to. */
export type LinkedPlace = { server: string; channelId: Id };

/** Where features meet: what is open, and what happens when one asks for another. */
export class Workspace {
  readonly places = new Places();
  readonly attention: Attention;
  dialog = $state<DialogName | null>(null);
  profile = $state.raw<{ userId: Id; anchor: HTMLElement } | null>(null);
  /** What the person said themselves, until they say otherwise or come back. */
  saidAway = $state(false);
  /** The rows of the sidebar from top to bottom. */
  order: readonly SidebarRow[] = [];
  readonly #session: Session;
  readonly #client: Client;
  readonly #account: Account;
  readonly #notifier: Notifier;
  /** Moves on by itself, so that a pause that has ended is seen to have ended. */
  #now = $state(Date.now());

  constructor(session: Session, client: Client, account: Account) {
    this.#session = session;
    this.#client = client;
    this.#account = account;
    this.attention = new Attention(session.bridge, this.places);
    this.#notifier = new Notifier({
      bridge: session.bridge,
      attention: () => this.attention.now,
      plainText,
      fetchMessage: async (messageId) =>
        (await client.command('message.get', { messageId })).message,
      now: Date.now,
      onTrouble: reportTrouble,
    });
  }

  /** What messages may ask of the app around them. */
  readonly actions: MessageActions = {
    openThread: (message) => this.openThread(message),
    openProfile: (userId, anchor) => (this.profile = { userId, anchor }),
    openChannel: (channelId) => this.places.open(channelId),
    openLink: (href) => this.openLink(href),
    explainNotification: (messageId) => this.explain(messageId),
    linkTo: ({ id, channelId }) => linkTo(this.#account.server, { channelId, messageId: id }),
  };

  get presence(): 'active' | 'away' {
    return this.saidAway ? 'away' : this.attention.presence;
  }

  /** Begins to listen to events and signals. Returns what ends that. */
  listen(): () => void {
    const { bridge } = this.#session;
    const endings = [
      this.#session.onEvent((event, after) => this.#follow(event, after)),
      bridge.on('notification.clicked', () => void this.takeClick()),
      bridge.on('power.resumed', () => void this.#client.probe()),
      bridge.on('link.received', (link) => {
        if (link.kind !== 'channel') toasts.show(messages.shell.linkWhileSignedIn);
        else this.#openLinked(link);
      }),
      bridge.on('menu.chosen', ({ item }) => {
        this.#choose(item);
      }),
    ];
    const clock = setInterval(() => (this.#now = Date.now()), quietLookMs);
    return () => {
      for (const end of endings) end();
      clearInterval(clock);
      this.#notifier.close();
    };
  }

  /** Opens what the person was looking at last, or what a link or a notification asks for. */
  async begin(state: State, place: LinkedPlace | null): Promise<void> {
    if (place && this.#openLinked(place)) return;
    const asked = innerLink(location.href, this.#account.server);
    if (asked) {
      history.replaceState(null, '', '/');
      await this.openInner(asked.channelId, asked.messageId);
      return;
    }
    if (await this.takeClick()) return;
    const last = this.#session.settings.lastChannelId;
    const known = last !== null && state.conversations.has(last) ? last : this.#first(state);
    if (known !== null) this.places.open(known);
    // With one column the list is where one begins.
    this.places.listShown = true;
  }

  /** False where the link leads to another workspace, which the person is told. */
  #openLinked({ server, channelId }: LinkedPlace): boolean {
    if (server !== this.#account.server) {
      toasts.show(messages.shell.linkElsewhere);
      return false;
    }
    this.places.open(channelId);
    return true;
  }

  async takeClick(): Promise<boolean> {
    try {
      const click = await this.#session.bridge.call('notification.takeClick', {});
      if (!click) return false;
      await this.openInner(click.channelId, click.messageId);
      return true;
    } catch (error) {
      reportTrouble('a click on a notification was lost', error);
      return false;
    }
  }

  /** Opens a conversation at one of its messages; a reply opens in its thread. */
  async openInner(channelId: Id, messageId: Id | null): Promise<void> {
    this.places.open(channelId);
    if (messageId === null) return;
    const held = this.#client.timeline(channelId).messages.find(({ id }) => id === messageId);
    try {
      const message = held ?? (await this.#client.command('message.get', { messageId })).message;
      if (message.number !== null) this.places.open(channelId, { number: message.number });
      if (message.threadRootId !== null) this.openThread(message);
    } catch (error) {
      // The conversation is open, at its end; only the message cannot be led to.
      reportTrouble('a message could not be led to', error);
    }
  }

  openThread(message: Pick<Message, 'id' | 'channelId' | 'threadRootId'>): void {
    const rootId = message.threadRootId ?? message.id;
    this.places.panel = { kind: 'thread', channelId: message.channelId, rootId };
  }

  openLink(href: string): void {
    const inner = innerLink(href, this.#account.server);
    if (inner) {
      void this.openInner(inner.channelId, inner.messageId);
      return;
    }
    this.#session.bridge.call('link.open', { url: href }).then(
      ({ opened }) => {
        if (!opened) toasts.show(messages.shell.linkRefused);
      },
      (error: unknown) => toasts.fail(explain(error)),
    );
  }

  async openDirect(userId: Id): Promise<void> {
    this.profile = null;
    try {
      const { channel } = await this.#client.command('channel.openDirect', { userIds: [userId] });
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
    this.#client
      .command('preferences.set', { doNotDisturbUntil: until })
      .catch((error: unknown) => toasts.fail(explain(error)));
  }

  /** Why this device did, or did not, tell of a message. */
  async explain(messageId: Id): Promise<CallOutput<'notification.explain'>['decisions']> {
    return (await this.#session.bridge.call('notification.explain', { messageId })).decisions;
  }

  /** Tells the desktop how much is unread, and the title of the page. */
  showBadge(state: State, online: boolean): void {
    const { unread, mentions } = badge(state);
    const conversation = state.conversations.get(this.places.channelId ?? '');
    const place = conversation
      ? conversationName(conversation.channel, state.me.id, state.users)
      : messages.productName;
    const mark = mentions > 0 ? `(${mentions}) ` : unread > 0 ? '• ' : '';
    document.title = mark + messages.shell.pageTitle(place, state.workspace.name);
    const connection = online ? 'online' : 'offline';
    this.#session.bridge
      .call('badge.set', {
        ...{ unread, mentions, connection },
        quiet: this.quiet(state),
        recent: this.#recent(state),
      })
      .catch((error: unknown) => reportTrouble('the badge could not be shown', error));
  }

  #recent({ conversations, me, users }: State): CallInput<'badge.set'>['recent'] {
    return this.places.recent
      .flatMap((channelId) => {
        const channel = conversations.get(channelId)?.channel;
        return channel ? [{ channelId, title: conversationTitle(channel, me.id, users) }] : [];
      })
      .slice(0, recentInTray);
  }

  #choose(item: SignalData<'menu.chosen'>['item']): void {
    switch (item) {
      case 'preferences':
      case 'shortcuts':
        this.dialog = item;
        return;
      case 'newMessage':
        this.dialog = 'newDirect';
        return;
      case 'find':
        this.dialog = 'switcher';
        return;
      case 'pauseHalfHour':
        this.setPause(pauseEnd('halfHour', Date.now()));
        return;
      case 'pauseHour':
        this.setPause(pauseEnd('hour', Date.now()));
        return;
      case 'pauseTomorrow':
        this.setPause(pauseEnd('tomorrow', Date.now()));
        return;
      case 'resume':
        this.setPause(null);
    }
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
