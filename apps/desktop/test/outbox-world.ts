import { vi } from 'vitest';
import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import { aMessage, idOf } from '../../../packages/shared/test/entities.ts';
import { Outbox, type PendingMessage } from '../src/renderer/sync/outbox.ts';
import type { OutboxItem } from '../src/renderer/sync/storage.ts';
import { SlowOutboxStorage } from './slow-outbox-storage.ts';

type PostInput = CommandInput<'message.post'>;
type PostOutput = CommandOutput<'message.post'>;
type Request = {
  input: PostInput;
  resolve: (output: PostOutput) => void;
  reject: (error: ParleyError) => void;
};

/** `lost`: the server did it and the client does not hear of it. */
export type Answer = 'done' | 'lost' | ErrorCode;

export const channels = [idOf(0x100), idOf(0x101), idOf(0x102)] as const;
const restartTakesMs = 1_000;

/**
 * A person, the outbox of one run of their app after another, and a server that does a nonce once. It notes what
 * became of every text, and in `wrongs` what should never be.
 */
export class OutboxWorld {
  readonly durable = new Map<string, OutboxItem>();
  readonly posted: PostInput[] = [];
  readonly wrongs: string[] = [];
  readonly troubles: string[] = [];
  /** In the order of writing. */
  readonly written: { channelId: string; text: string }[] = [];
  /** Of these the app has said that they are safe. */
  readonly safe = new Set<string>();
  readonly everFailed = new Set<string>();
  /** The person wanted these gone, and was not told that it cannot be. */
  readonly givenUp = new Set<string>();
  /** Of these the event has come in this run of the app, so that they are on screen with it. */
  readonly heard = new Set<string>();
  waiting: Request[] = [];
  outbox: Outbox;
  storage: SlowOutboxStorage;
  isLoading = true;
  /** Nothing may have these any more: they were gone before any server had them. */
  readonly #gone = new Set<string>();
  readonly #nonces = new Map<string, string[]>();
  readonly #conflicted = new Set<string>();
  #lastNonce = 0;

  constructor() {
    this.storage = new SlowOutboxStorage(this.durable);
    this.outbox = this.#start();
  }

  write(channelId: string, threadRootId?: string): string {
    const text = `text ${this.written.length + 1}`;
    this.written.push({ channelId, text });
    const thread = threadRootId === undefined ? {} : { threadRootId };
    this.outbox.add({ channelId, text, alsoToChannel: false, ...thread }).then(
      () => this.safe.add(text),
      () => undefined,
    );
    return text;
  }

  pending(): PendingMessage[] {
    return channels.flatMap((channelId) =>
      [null, idOf(1)].flatMap((threadRootId) => this.outbox.pending(channelId, threadRootId)),
    );
  }

  /** The server takes up a request that waits. */
  answer(pick: number, answer: Answer, retryAfterMs?: number): void {
    const request = this.waiting[pick % Math.max(1, this.waiting.length)];
    if (!request) return;
    this.waiting = this.waiting.filter((each) => each !== request);
    const { input, resolve, reject } = request;
    const isRefused = answer === 'conflict' || answer === 'forbidden';
    if (answer === 'done' || (isRefused && this.#has(input.nonce))) {
      // What it did already it confirms, before it asks whether it may still be done.
      resolve(this.#post(input));
      return;
    }
    if (answer === 'lost') this.#post(input);
    const code = answer === 'lost' ? 'unavailable' : answer;
    if (code === 'conflict') this.#conflicted.add(input.nonce);
    if (isRefused) this.everFailed.add(input.text);
    reject(new ParleyError(code, code, { retryAfterMs }));
  }

  /** The event of a message comes, whatever became of the answer. */
  hear(pick: number): void {
    const input = this.posted[pick % Math.max(1, this.posted.length)];
    // The app connects once it has read its storage.
    if (!input || this.isLoading) return;
    this.heard.add(input.text);
    this.outbox.confirmed(input.nonce);
  }

  goOnline(): void {
    if (!this.isLoading) this.outbox.setOnline(true);
  }

  /** What waits fails; the server may have done it all the same. */
  goOffline(done: boolean): void {
    this.outbox.setOnline(false);
    while (this.waiting.length > 0) this.answer(0, done ? 'lost' : 'unavailable');
  }

  /** The app ends at once and is started again. */
  async crash(done: boolean): Promise<void> {
    for (const { input } of this.waiting.splice(0)) if (done) this.#post(input);
    this.storage.kill();
    this.heard.clear();
    this.outbox.stop();
    await vi.advanceTimersByTimeAsync(restartTakesMs);
    this.storage = new SlowOutboxStorage(this.durable);
    this.outbox = this.#start();
  }

  retry(pick: number): void {
    const item = this.#pick(pick);
    if (item) void this.outbox.retry(item.nonce);
  }

  discard(pick: number): void {
    const item = this.#pick(pick);
    if (!item) return;
    const { nonce, text, state } = item;
    const isUnderWay = state === 'sending';
    if (!isUnderWay) this.givenUp.add(text);
    void this.outbox.discard(nonce).then((kept) => {
      if (isUnderWay && kept !== null) this.wrongs.push(`${text} was under way and is gone`);
      else if (kept !== null && !this.#has(nonce)) this.#gone.add(text);
      else if (!isUnderWay && kept === null) this.givenUp.delete(text);
    });
  }

  /** Everything heals, and goes on until nothing moves any more. */
  async finish(): Promise<void> {
    this.storage.isBroken = false;
    for (let round = 0; round < 500; round += 1) {
      await vi.advanceTimersByTimeAsync(round === 0 ? 100 : 60_000);
      this.goOnline();
      while (this.waiting.length > 0) this.answer(0, 'done');
      await vi.advanceTimersByTimeAsync(100);
      if (this.outbox.isEmpty && this.waiting.length === 0) return;
    }
    this.wrongs.push('it does not come to an end');
  }

  #start(): Outbox {
    const { storage } = this;
    const outbox = new Outbox({
      storage,
      post: (input) => this.#request(input),
      onPosted: ({ message: { nonce, text } }) => {
        const isShown = this.pending().some((item) => item.nonce === nonce);
        if (!isShown && !this.heard.has(text)) this.wrongs.push(`${text} vanished for a moment`);
      },
      onChange: () => undefined,
      onTrouble: (trouble) => this.troubles.push(trouble),
      nonce: () => idOf((this.#lastNonce += 1)),
      now: Date.now,
      random: () => 1,
    });
    this.isLoading = true;
    void outbox.load().then(() => {
      if (storage === this.storage) this.isLoading = false;
    });
    return outbox;
  }

  #pick(pick: number): PendingMessage | undefined {
    const pending = this.pending();
    return pending[pick % Math.max(1, pending.length)];
  }

  #request(input: PostInput): Promise<PostOutput> {
    const { nonce, text, channelId } = input;
    if (!this.durable.has(nonce)) this.wrongs.push(`${text} was sent before it was stored`);
    if (this.waiting.some((request) => request.input.channelId === channelId)) {
      this.wrongs.push(`${text} was sent while another one was under way`);
    }
    const nonces = this.#nonces.get(text) ?? [];
    this.#nonces.set(text, [...nonces.filter((known) => known !== nonce), nonce]);
    if (nonces.some((known) => known !== nonce && !this.#conflicted.has(known))) {
      this.wrongs.push(`${text} was sent under two nonces`);
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
    });
  }

  #has(nonce: string): boolean {
    return this.posted.some((input) => input.nonce === nonce);
  }

  #post(input: PostInput): PostOutput {
    const { nonce, text, channelId } = input;
    if (!this.#has(nonce)) {
      if (this.#gone.has(text)) this.wrongs.push(`${text} was posted after it was discarded`);
      this.posted.push(input);
    }
    return { message: aMessage({ channelId, nonce, text }), position: this.posted.length };
  }
}
