import type { CallInput, CallOutput, SignalData } from '../bridge/bridge.ts';
import { keyOf, type Account } from '../bridge/settings.ts';
import { words } from '../bridge/words.ts';
import type { Told } from '../bridge/hand-over.ts';
import type { DecisionLedger } from './decision-ledger.ts';
import type { NotificationText } from './notification-text.ts';

type Request = CallInput<'notification.show'>;
type Place = SignalData<'notification.clicked'>;
type ToldOf = SignalData<'notification.markedRead'>;
type Decided = { account: Account; messageId: string; shown: boolean; reason: string };

const maxShown = 100;
const failed = 'failed: ';

/** The part of Electron's notifications that is used. */
export type SystemNotification = {
  on(event: 'click' | 'close', listener: () => void): unknown;
  on(event: 'failed' | 'reply', listener: (event: unknown, text: string) => void): unknown;
  on(event: 'action', listener: (event: unknown, index: number) => void): unknown;
  show(): void;
  close(): void;
};

export type NotificationsOptions = {
  /** Electron's class of them. */
  system: {
    isSupported(): boolean;
    new (options: {
      title: string;
      body: string;
      silent: boolean;
      hasReply: boolean;
      replyPlaceholder: string;
      actions: { type: 'button'; text: string }[];
    }): SystemNotification;
  };
  ledger: DecisionLedger;
  text: NotificationText;
  now: () => number;
  onClick: (place: Place) => void;
  /** The person answered in the notification itself, where the system has that. */
  onReply: (told: ToldOf, text: string) => void;
  /** The person said in the notification that they have read it. */
  onMarkRead: (told: ToldOf) => void;
};

/**
 * The notifications of the system, one for each message of an account: shown once, withdrawn when the message is
 * read anywhere. What one server says never touches the notifications of another. A click is kept until the renderer
 * takes it, so that it survives a reload. Every decision is kept with its reason.
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #shown = new Map<string, { told: ToldOf; notification: SystemNotification }>();
  /** On the way to the screen. */
  readonly #coming = new Map<string, { told: ToldOf; isWithdrawn: boolean }>();
  #click: Place | null = null;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  async show(
    request: Request,
    settings: { sound: boolean; preview: boolean; locked: boolean },
  ): Promise<CallOutput<'notification.show'>> {
    const { account, messageId, channelId, title, silent } = request;
    const key = keyFor(account, messageId);
    if (this.#coming.has(key)) {
      return this.record({ account, messageId, shown: false, reason: 'already_shown' });
    }
    const place = { account, channelId, messageId };
    const { number, threadRootId, threadNumber } = request;
    const told = { ...place, number, threadRootId, threadNumber };
    const coming = { told, isWithdrawn: false };
    this.#coming.set(key, coming);
    // What passers-by could read is nobody's business.
    const showsText = settings.preview && !settings.locked;
    let body: string;
    let isForgotten: boolean;
    try {
      body = await this.#options.text(showsText ? request.body : words.newMessage);
    } finally {
      isForgotten = !this.#coming.delete(key);
    }
    if (isForgotten) return { shown: false, reason: 'signed_out' };
    const refused = coming.isWithdrawn ? 'already_read' : this.#refusal(key);
    if (refused) return this.record({ account, messageId, shown: false, reason: refused });
    this.#makeRoom();
    const notification = new this.#options.system({
      title,
      body,
      silent: silent || !settings.sound,
      // Systems that know neither leave them out. Behind a locked screen nobody answers.
      hasReply: !settings.locked,
      replyPlaceholder: 'Reply',
      actions: settings.locked ? [] : [{ type: 'button', text: 'Mark as read' }],
    });
    notification.on('click', () => {
      this.#click = place;
      this.#options.onClick(place);
    });
    notification.on('reply', (_event, text) => {
      this.#options.onReply(told, text);
    });
    notification.on('action', () => {
      this.#options.onMarkRead(told);
    });
    notification.on('close', () => {
      this.#shown.delete(key);
    });
    notification.on('failed', (_event, error) => {
      this.#shown.delete(key);
      this.record({ account, messageId, shown: false, reason: `${failed}${error.slice(0, 60)}` });
    });
    this.#shown.set(key, { told, notification });
    notification.show();
    return this.record({ account, messageId, shown: true, reason: 'shown' });
  }

  /** Shows one that is of no message, so that the person sees that they come. */
  async test({
    title,
    body,
  }: CallInput<'notification.test'>): Promise<CallOutput<'notification.test'>> {
    if (!this.#options.system.isSupported()) return { shown: false, reason: 'unsupported' };
    const text = await this.#options.text(body);
    new this.#options.system({
      title,
      body: text,
      silent: false,
      hasReply: false,
      replyPlaceholder: '',
      actions: [],
    }).show();
    return { shown: true, reason: 'shown' };
  }

  /** What is on screen of an account, as far as the system tells, or is about to be. */
  shownOf(account: Account): Told[] {
    const all = [...this.#shown.values(), ...this.#coming.values()];
    const mine = all.filter(({ told }) => keyOf(told.account) === keyOf(account));
    return mine.map(({ told: { account: _, ...told } }) => told);
  }

  withdraw(account: Account, messageIds: readonly string[]): void {
    this.#close(messageIds.map((messageId) => keyFor(account, messageId)));
  }

  /** An account was signed out: nothing of it is left to see, and no decision is kept. */
  forget(account: Account): void {
    const prefix = keyFor(account, '');
    this.#options.ledger.forget(prefix);
    for (const key of this.#keys().filter((each) => each.startsWith(prefix))) {
      this.#coming.delete(key);
      this.#close([key]);
    }
  }

  withdrawAll(): void {
    this.#close(this.#keys());
  }

  takeClick(): Place | null {
    const click = this.#click;
    this.#click = null;
    return click;
  }

  record({ account, messageId, shown, reason }: Decided): { shown: boolean; reason: string } {
    const at = new Date(this.#options.now()).toISOString();
    this.#options.ledger.add({ key: keyFor(account, messageId), at, shown, reason });
    return { shown, reason };
  }

  explain(account: Account, messageId: string): CallOutput<'notification.explain'> {
    const about = this.#options.ledger.about(keyFor(account, messageId));
    return { decisions: about.map(({ at, shown, reason }) => ({ at, shown, reason })) };
  }

  #keys(): string[] {
    return [...this.#shown.keys(), ...this.#coming.keys()];
  }

  #close(keys: readonly string[]): void {
    for (const key of keys) {
      const coming = this.#coming.get(key);
      if (coming) coming.isWithdrawn = true;
      const shown = this.#shown.get(key);
      this.#shown.delete(key);
      shown?.notification.close();
    }
  }

  #refusal(key: string): string | null {
    if (!this.#options.system.isSupported()) return 'unsupported';
    // One that was closed since is not to come back; one that failed never was there.
    const last = this.#options.ledger
      .about(key)
      .findLast(({ shown, reason }) => shown || reason.startsWith(failed));
    return this.#shown.has(key) || last?.shown === true ? 'already_shown' : null;
  }

  /** Not every system tells when one is gone: the newest is shown, at the cost of the oldest. */
  #makeRoom(): void {
    const [oldest] = this.#shown.keys();
    if (oldest !== undefined && this.#shown.size >= maxShown) this.#close([oldest]);
  }
}

function keyFor(account: Account, messageId: string): string {
  return `${keyOf(account)} ${messageId}`;
}
