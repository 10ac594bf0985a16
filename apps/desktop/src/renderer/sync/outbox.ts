import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { backoffMs } from './backoff.ts';
import type { OutboxItem, Storage } from './storage.ts';

/** A message on its way, as the person sees it. */
export type PendingMessage = OutboxItem & { state: 'queued' | 'sending' | 'failed' };

export type OutboxOptions = {
  storage: Storage;
  post: (input: CommandInput<'message.post'>) => Promise<CommandOutput<'message.post'>>;
  /** The server has it: called before the item leaves the outbox, so that it is on screen once at any time. */
  onPosted: (output: CommandOutput<'message.post'>) => void;
  onChange: (channelId: Id) => void;
  random: () => number;
};

/** Worth trying again without the person: the server, the network or the pace was the trouble. */
const transient = new Set<ErrorCode>([
  'unavailable',
  'internal',
  'rate_limited',
  'token_expired',
  'unauthenticated',
]);

/**
 * What the person has sent and the server does not have yet. Each item is stored before it is sent; one item a
 * conversation is under way at a time, in the order of sending; the nonce makes every retry harmless.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #items = new Map<Id, PendingMessage>();
  readonly #busy = new Set<Id>();
  readonly #timers = new Map<Id, ReturnType<typeof setTimeout>>();
  readonly #attempts = new Map<Id, number>();
  #lastSequence = 0;
  #online = false;
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier run left. */
  async load(): Promise<void> {
    const stored = await this.#options.storage.loadOutbox();
    for (const item of stored.sort((a, b) => a.sequence - b.sequence)) {
      if (this.#items.has(item.nonce)) continue;
      this.#lastSequence = Math.max(this.#lastSequence, item.sequence);
      this.#items.set(item.nonce, { ...item, state: item.failure ? 'failed' : 'queued' });
      this.#options.onChange(item.channelId);
    }
    this.#pumpAll();
  }

  /** What waits in a conversation, in the order of sending; of a thread, or of the channel itself. */
  pending(channelId: Id, threadRootId: Id | null): PendingMessage[] {
    return [...this.#items.values()].filter(
      (item) => item.channelId === channelId && (item.threadRootId ?? null) === threadRootId,
    );
  }

  /** Whether anything waits that has not failed. */
  get isEmpty(): boolean {
    return ![...this.#items.values()].some(({ state }) => state !== 'failed');
  }

  /** Resolves once the message is stored; it is on screen and on its way before that. */
  async add(item: Omit<OutboxItem, 'failure' | 'sequence'>): Promise<void> {
    this.#lastSequence += 1;
    const stored: OutboxItem = { ...item, sequence: this.#lastSequence, failure: null };
    this.#items.set(item.nonce, { ...stored, state: 'queued' });
    this.#options.onChange(item.channelId);
    await this.#options.storage.putOutbox(stored);
    this.#pump(item.channelId);
  }

  /** Sends a failed message again. */
  async retry(nonce: Id): Promise<void> {
    const item = this.#items.get(nonce);
    if (item?.state !== 'failed') return;
    this.#update({ ...item, failure: null, state: 'queued' });
    await this.#options.storage.putOutbox(stripState({ ...item, failure: null }));
    this.#pump(item.channelId);
  }

  /** Forgets a message that has not been sent. Returns it, so that its words can be kept. */
  async discard(nonce: Id): Promise<OutboxItem | null> {
    const item = this.#items.get(nonce);
    if (!item || item.state === 'sending') return null;
    await this.#remove(item);
    return stripState(item);
  }

  /** The server was heard to have it, whether or not the answer came. */
  confirmed(nonce: Id): void {
    const item = this.#items.get(nonce);
    if (item && item.state !== 'sending') void this.#remove(item);
  }

  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) return;
    this.#attempts.clear();
    this.#pumpAll();
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #pumpAll(): void {
    for (const channelId of new Set([...this.#items.values()].map((item) => item.channelId))) {
      this.#pump(channelId);
    }
  }

  #pump(channelId: Id): void {
    if (!this.#online || this.#stopped || this.#busy.has(channelId)) return;
    const next = [...this.#items.values()].find(
      (item) => item.channelId === channelId && item.state === 'queued',
    );
    if (!next) return;
    clearTimeout(this.#timers.get(channelId));
    this.#timers.delete(channelId);
    this.#busy.add(channelId);
    void this.#send(next).finally(() => {
      this.#busy.delete(channelId);
      if (!this.#timers.has(channelId)) this.#pump(channelId);
    });
  }

  async #send(item: PendingMessage): Promise<void> {
    this.#update({ ...item, state: 'sending' });
    const { channelId, nonce, text, threadRootId, alsoToChannel } = item;
    try {
      const output = await this.#options.post({
        channelId,
        nonce,
        text,
        alsoToChannel,
        ...(threadRootId !== undefined && { threadRootId }),
      });
      this.#attempts.delete(channelId);
      this.#options.onPosted(output);
      await this.#remove(item);
    } catch (error) {
      const failure =
        error instanceof ParleyError
          ? error
          : new ParleyError('internal', 'Sending failed.', { cause: error });
      if (transient.has(failure.code)) this.#waitAndRetry(item, failure.retryAfterMs);
      else await this.#fail(item, failure);
    }
  }

  #waitAndRetry(item: PendingMessage, retryAfterMs: number | undefined): void {
    this.#update({ ...item, state: 'queued' });
    const { channelId } = item;
    const attempt = this.#attempts.get(channelId) ?? 0;
    this.#attempts.set(channelId, attempt + 1);
    const waitMs = (retryAfterMs ?? 0) + backoffMs(attempt, this.#options.random);
    const timer = setTimeout(() => {
      this.#timers.delete(channelId);
      this.#pump(channelId);
    }, waitMs);
    this.#timers.set(channelId, timer);
  }

  async #fail(item: PendingMessage, { code, reason }: ParleyError): Promise<void> {
    const failure = { code, ...(reason !== undefined && { reason }) };
    this.#update({ ...item, failure, state: 'failed' });
    await this.#options.storage.putOutbox(stripState({ ...item, failure }));
  }

  async #remove(item: PendingMessage): Promise<void> {
    this.#items.delete(item.nonce);
    this.#options.onChange(item.channelId);
    await this.#options.storage.deleteOutbox(item.nonce);
  }

  #update(item: PendingMessage): void {
    this.#items.set(item.nonce, item);
    this.#options.onChange(item.channelId);
  }
}

function stripState({ state: _, ...item }: PendingMessage): OutboxItem {
  return item;
}
