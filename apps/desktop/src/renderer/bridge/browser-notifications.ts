import type {
  CallInput,
  CallOutput,
  NotificationBlocker,
  SignalData,
} from '../../bridge/bridge.ts';
import type { Account } from '../../bridge/settings.ts';

type Place = SignalData<'notification.clicked'>;
type Decision = { account: Account; messageId: string; shown: boolean; reason: string; at: string };

const maxDecisions = 1_000;
const maxShown = 100;

/** Notifications of the browser, one for each message, withdrawn when it is read. */
export class BrowserNotifications {
  readonly #onClick: (place: Place) => void;
  readonly #shown = new Map<string, Notification>();
  #click: Place | null = null;
  #decisions: Decision[] = [];

  constructor(onClick: (place: Place) => void) {
    this.#onClick = onClick;
  }

  show(
    request: CallInput<'notification.show'>,
    choice: { sound: boolean; preview: boolean },
  ): CallOutput<'notification.show'> {
    const { account, messageId, channelId, title, body, silent } = request;
    const decision = this.#refusal(messageId);
    this.record({ account, messageId, shown: decision === null, reason: decision ?? 'shown' });
    if (decision !== null) return { shown: false, reason: decision };
    const notification = new Notification(title, {
      ...(choice.preview && { body }),
      silent: silent || !choice.sound,
      tag: messageId,
    });
    notification.onclick = () => {
      window.focus();
      this.#click = { account, channelId, messageId };
      this.#onClick(this.#click);
      notification.close();
    };
    notification.onclose = () => this.#shown.delete(messageId);
    this.#shown.set(messageId, notification);
    return { shown: true, reason: 'shown' };
  }

  withdraw(messageIds: readonly string[]): Record<string, never> {
    for (const messageId of messageIds) {
      this.#shown.get(messageId)?.close();
      this.#shown.delete(messageId);
    }
    return {};
  }

  takeClick(): Place | null {
    const click = this.#click;
    this.#click = null;
    return click;
  }

  record(decision: Omit<Decision, 'at'>): void {
    this.#decisions.push({ ...decision, at: new Date().toISOString() });
    this.#decisions = this.#decisions.slice(-maxDecisions);
  }

  explain(messageId: string): CallOutput<'notification.explain'> {
    return { decisions: this.#decisions.filter((decision) => decision.messageId === messageId) };
  }

  /** Shows one that is of no message. */
  test({ title, body }: CallInput<'notification.test'>): CallOutput<'notification.test'> {
    const [blocker] = this.blockers();
    if (blocker) return { shown: false, reason: blocker };
    const notification = new Notification(title, { body });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
    return { shown: true, reason: 'shown' };
  }

  /** What keeps the browser from showing any. */
  blockers(): NotificationBlocker[] {
    if (!('Notification' in window)) return ['unsupported'];
    const { permission } = Notification;
    return permission === 'granted' ? [] : [`permission_${permission}`];
  }

  #refusal(messageId: string): string | null {
    const [blocker] = this.blockers();
    if (blocker) return blocker;
    if (this.#shown.has(messageId)) return 'already_shown';
    return this.#shown.size >= maxShown ? 'too_many' : null;
  }
}
