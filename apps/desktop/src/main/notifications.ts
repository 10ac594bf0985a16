import { Notification } from 'electron';
import type { CallInput, CallOutput, SignalData } from '../bridge/bridge.ts';

type Request = CallInput<'notification.show'>;
type Place = SignalData<'notification.clicked'>;
type Decision = { messageId: string; at: string; shown: boolean; reason: string };

const maxDecisions = 1_000;
const maxShown = 100;

/**
 * The notifications of the system, one for each message: shown once, withdrawn when the message is read
 * anywhere. A click is kept until the renderer takes it, so that it survives a reload. Every decision is kept
 * with its reason.
 */
export class Notifications {
  readonly #shown = new Map<string, Notification>();
  readonly #onClick: (place: Place) => void;
  #click: Place | null = null;
  #decisions: Decision[] = [];

  constructor(onClick: (place: Place) => void) {
    this.#onClick = onClick;
  }

  show(
    request: Request,
    settings: { sound: boolean; preview: boolean },
  ): CallOutput<'notification.show'> {
    const { messageId, channelId, title, body, silent } = request;
    const refused = this.#refusal(messageId);
    if (refused) return this.record({ messageId, shown: false, reason: refused });
    const notification = new Notification({
      title,
      body: settings.preview ? body : 'New message',
      silent: silent || !settings.sound,
    });
    notification.on('click', () => {
      this.#click = { channelId, messageId };
      this.#onClick(this.#click);
    });
    notification.on('close', () => {
      this.#shown.delete(messageId);
    });
    notification.on('failed', (_event, error) => {
      this.#shown.delete(messageId);
      this.record({ messageId, shown: false, reason: `failed: ${error.slice(0, 60)}` });
    });
    this.#shown.set(messageId, notification);
    notification.show();
    return this.record({ messageId, shown: true, reason: 'shown' });
  }

  withdraw(messageIds: readonly string[]): void {
    for (const messageId of messageIds) {
      const notification = this.#shown.get(messageId);
      this.#shown.delete(messageId);
      notification?.close();
    }
  }

  withdrawAll(): void {
    this.withdraw([...this.#shown.keys()]);
  }

  takeClick(): Place | null {
    const click = this.#click;
    this.#click = null;
    return click;
  }

  record(decision: Omit<Decision, 'at'>): { shown: boolean; reason: string } {
    this.#decisions.push({ ...decision, at: new Date().toISOString() });
    this.#decisions = this.#decisions.slice(-maxDecisions);
    return { shown: decision.shown, reason: decision.reason };
  }

  explain(messageId: string): CallOutput<'notification.explain'> {
    const about = this.#decisions.filter((decision) => decision.messageId === messageId);
    return { decisions: about.map(({ at, shown, reason }) => ({ at, shown, reason })) };
  }

  #refusal(messageId: string): string | null {
    if (!Notification.isSupported()) return 'unsupported';
    if (this.#shown.has(messageId)) return 'already_shown';
    return this.#shown.size >= maxShown ? 'too_many' : null;
  }
}
