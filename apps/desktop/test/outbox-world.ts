import { vi } from 'vitest';
import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError, type ErrorCode } from '@parley/shared/protocol/errors.ts';
import { aMessage, idOf } from '../../../packages/shared/test/entities.ts';
import { Attachments } from '../src/renderer/sync/attachments.ts';
import type { UploadRequest } from '../src/renderer/sync/file-upload.ts';
import { Outbox, type PendingMessage } from '../src/renderer/sync/outbox.ts';
import type { OutboxItem } from '../src/renderer/sync/storage.ts';
import { Topic, untracked } from '../src/renderer/sync/topic.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import { aFile } from './files.ts';
import { SlowOutboxStorage, type DurableFile } from './slow-outbox-storage.ts';

type PostInput = CommandInput<'message.post'>;
type PostOutput = CommandOutput<'message.post'>;
type Request = {
  input: PostInput;
  resolve: (output: PostOutput) => void;
  reject: (error: ParleyError) => void;
};

type Upload = {
  request: UploadRequest;
  resolve: (file: File) => void;
  reject: (error: ParleyError) => void;
};

/** `lost`: the server did it and the client does not hear of it. */
export type Answer = 'done' | 'lost' | ErrorCode;
export type UploadAnswer = 'done' | 'part' | 'gone' | 'unavailable' | 'forbidden';

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
  attachments: Attachments;
  uploading: Upload[] = [];
  /** The names of the files that each text takes along, in their order. */
  readonly taken = new Map<string, string[]>();
  /** Of these the app has said that they are stored. */
  readonly safeFiles = new Set<string>();
  readonly givenUpFiles = new Set<string>();
  /** Of messages that the person took back, which the server may have all the same, unheard. */
  readonly takenBackFiles = new Set<string>();
  readonly durableFiles = new Map<string, DurableFile>();
  /** What the server has of uploads, by their ids: whole or not. */
  readonly #uploads = new Map<string, { name: string; isWhole: boolean }>();
  #drafts = new Map<string, readonly File[]>();
  #lastFile = 0;
  #lastUpload = 0;
  storage: SlowOutboxStorage;
  isLoading = true;
  /** Nothing may have these any more: they were gone before any server had them. */
  readonly #gone = new Set<string>();
  readonly #nonces = new Map<string, string[]>();
  readonly #conflicted = new Set<string>();
  #lastNonce = 0;

  constructor() {
    this.storage = new SlowOutboxStorage(this.durable, this.durableFiles);
    [this.outbox, this.attachments] = this.#start();
  }

  /** The person puts a file beside what they write. */
  attach(channelId: string): void {
    if (this.attachments.at(channelId, null).length >= 10) return;
    this.#lastFile += 1;
    const name = `file ${this.#lastFile}`;
    this.attachments.add(channelId, null, [{ name, blob: new Blob([name]) }]).then(
      () => this.safeFiles.add(name),
      () => undefined,
    );
  }

  /** The server takes up an upload that waits. */
  answerUpload(pick: number, answer: UploadAnswer): void {
    const upload = this.uploading[pick % Math.max(1, this.uploading.length)];
    if (!upload) return;
    this.uploading = this.uploading.filter((each) => each !== upload);
    const { request, resolve, reject } = upload;
    let { uploadId } = request;
    const isForgotten = uploadId !== null && !this.#uploads.has(uploadId);
    if (answer === 'gone' || isForgotten) {
      if (uploadId !== null) this.#uploads.delete(uploadId);
      reject(new ParleyError('unavailable', 'gone', { reason: 'upload_gone' }));
      return;
    }
    if (answer === 'unavailable' || answer === 'forbidden') {
      reject(new ParleyError(answer, answer));
      return;
    }
    if (uploadId === null) {
      uploadId = idOf(0x10_000 + (this.#lastUpload += 1));
      this.#uploads.set(uploadId, { name: request.name, isWhole: false });
      request.onBegun(uploadId);
    }
    const known = this.#uploads.get(uploadId);
    if (known?.name !== request.name) {
      this.wrongs.push(`${request.name} went on with another one's upload`);
    } else if (answer === 'part') {
      request.onAccepted();
      reject(new ParleyError('unavailable', 'cut'));
    } else {
      this.#uploads.set(uploadId, { name: request.name, isWhole: true });
      resolve(aFile(uploadId, { name: request.name }));
    }
  }

  /** The server forgets files that no message has. */
  expireUploads(): void {
    const posted = new Set(this.posted.flatMap(({ fileIds = [] }) => fileIds));
    for (const id of this.#uploads.keys()) if (!posted.has(id)) this.#uploads.delete(id);
  }

  /** Takes all files along that are at the place. */
  writeWithFiles(channelId: string): void {
    const at = this.attachments.at(channelId, null).map(({ name }) => name);
    if (at.length === 0) return;
    let nonce = '';
    const text = this.write(channelId, undefined, (given) => {
      nonce = given;
      return { put: this.attachments.take(channelId, null, given) };
    });
    this.taken.set(text, at);
    this.adding.get(text)?.catch(() => {
      this.taken.delete(text);
      this.attachments.apply(this.attachments.backAtPlace(nonce));
    });
  }

  /** Names of the files that are somewhere on this device. */
  files(): string[] {
    return [
      ...channels.flatMap((channelId) => this.attachments.at(channelId, null)),
      ...this.pending().flatMap(({ attachments }) => attachments),
    ].map(({ name }) => name);
  }

  postedFiles(): string[] {
    return this.posted.flatMap(({ fileIds = [] }) => this.#namesOf(fileIds));
  }

  readonly adding = new Map<string, Promise<unknown>>();

  write(channelId: string, threadRootId?: string, take?: Parameters<Outbox['add']>[1]): string {
    const text = `text ${this.written.length + 1}`;
    this.written.push({ channelId, text });
    const thread = threadRootId === undefined ? {} : { threadRootId };
    const adding = this.outbox.add({ channelId, text, alsoToChannel: false, ...thread }, take);
    this.adding.set(text, adding);
    adding.then(
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
    const wouldPost = answer === 'done' || answer === 'lost';
    if (wouldPost && !this.#has(input.nonce) && this.#lacks(input)) {
      reject(new ParleyError('not_found', 'no such file', { reason: 'no_such_file' }));
      return;
    }
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
    if (this.isLoading) return;
    this.outbox.setOnline(true);
    this.attachments.setOnline(true);
  }

  /** What waits fails; the server may have done it all the same. */
  goOffline(done: boolean): void {
    this.outbox.setOnline(false);
    this.attachments.setOnline(false);
    this.#dropUploads();
    while (this.waiting.length > 0) this.answer(0, done ? 'lost' : 'unavailable');
  }

  /** The app ends at once and is started again. */
  async crash(done: boolean): Promise<void> {
    for (const { input } of this.waiting.splice(0)) {
      if (done && (this.#has(input.nonce) || !this.#lacks(input))) this.#post(input);
    }
    this.storage.kill();
    this.heard.clear();
    this.outbox.stop();
    this.attachments.stop();
    this.uploading = [];
    // What a draft had of them was perhaps not stored yet.
    this.#drafts = new Map();
    await vi.advanceTimersByTimeAsync(restartTakesMs);
    this.storage = new SlowOutboxStorage(this.durable, this.durableFiles);
    [this.outbox, this.attachments] = this.#start();
  }

  retry(pick: number): void {
    const item = this.#pick(pick);
    if (item) void this.outbox.retry(item.nonce);
  }

  /** The message goes back to where it was written; its files have to be there. */
  takeBack(pick: number): void {
    const item = this.#pick(pick);
    if (item) this.discard(pick, this.attachments.backAtPlace(item.nonce));
  }

  discard(pick: number, kept?: Parameters<Outbox['discard']>[1]): void {
    const item = this.#pick(pick);
    if (!item) return;
    const files = item.attachments.map(({ name }) => name);
    const names = kept ? [] : files;
    if (kept) for (const name of files) this.takenBackFiles.add(name);
    const { nonce, text, state } = item;
    const isUnderWay = state === 'sending';
    if (!isUnderWay) {
      this.givenUp.add(text);
      for (const name of names) this.givenUpFiles.add(name);
    }
    void this.outbox.discard(nonce, kept).then((gone) => {
      if (isUnderWay && gone !== null) this.wrongs.push(`${text} was under way and is gone`);
      else if (gone !== null && !this.#has(nonce)) this.#gone.add(text);
      else if (!isUnderWay && gone === null) {
        this.givenUp.delete(text);
        for (const name of names) this.givenUpFiles.delete(name);
      }
    });
  }

  /** Everything heals, and goes on until nothing moves any more. */
  async finish(): Promise<void> {
    this.storage.isBroken = false;
    for (let round = 0; round < 500; round += 1) {
      await vi.advanceTimersByTimeAsync(round === 0 ? 100 : 60_000);
      this.goOnline();
      while (this.uploading.length > 0) this.answerUpload(0, 'done');
      while (this.waiting.length > 0) this.answer(0, 'done');
      await vi.advanceTimersByTimeAsync(100);
      const isIdle = this.waiting.length === 0 && this.uploading.length === 0;
      if (this.outbox.isEmpty && this.attachments.isIdle && isIdle) return;
    }
    this.wrongs.push('it does not come to an end');
  }

  #start(): [Outbox, Attachments] {
    const { storage } = this;
    const drafts = this.#drafts;
    const attachments = new Attachments({
      storage,
      drafts: {
        files: (channelId, threadRootId) => drafts.get(placeKey(channelId, threadRootId)) ?? [],
        setFiles: (channelId, threadRootId, files) => {
          drafts.set(placeKey(channelId, threadRootId), files);
        },
        flush: () => undefined,
        told: () => Promise.resolve(),
      },
      upload: (request) => this.#upload(request),
      endUpload: () => Promise.resolve(),
      maxFileBytes: () => null,
      onMessageChange: (nonce) => {
        outbox.filesChanged(nonce);
      },
      onTrouble: (trouble) => this.troubles.push(trouble),
      topic: new Topic(untracked),
      newId: () => idOf((this.#lastNonce += 1)),
      now: Date.now,
      random: () => 1,
    });
    const outbox = new Outbox({
      storage,
      post: (input) => this.#request(input),
      onPosted: ({ message: { nonce, text } }) => {
        const isShown = this.pending().some((item) => item.nonce === nonce);
        if (!isShown && !this.heard.has(text)) this.wrongs.push(`${text} vanished for a moment`);
      },
      onChange: () => undefined,
      onTrouble: (trouble) => this.troubles.push(trouble),
      files: attachments,
      nonce: () => idOf((this.#lastNonce += 1)),
      now: Date.now,
      random: () => 1,
    });
    this.isLoading = true;
    void outbox.load().then(() => {
      if (storage === this.storage) this.isLoading = false;
    });
    return [outbox, attachments];
  }

  #upload(request: UploadRequest): Promise<File> {
    return new Promise((resolve, reject) => {
      const upload = { request, resolve, reject };
      this.uploading.push(upload);
      if (this.uploading.length > 2) this.wrongs.push('more than two uploads at once');
      request.signal.addEventListener('abort', () => {
        this.uploading = this.uploading.filter((each) => each !== upload);
        reject(new ParleyError('unavailable', 'stopped'));
      });
    });
  }

  #dropUploads(): void {
    while (this.uploading.length > 0) this.answerUpload(0, 'unavailable');
  }

  #lacks({ fileIds = [] }: PostInput): boolean {
    return fileIds.some((id) => !this.#uploads.get(id)?.isWhole);
  }

  #namesOf(fileIds: readonly string[]): string[] {
    return fileIds.map((id) => this.#uploads.get(id)?.name ?? 'lost');
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
      const names = this.#namesOf(input.fileIds ?? []);
      if (names.join() !== (this.taken.get(text) ?? []).join()) {
        this.wrongs.push(`${text} was posted with ${names.join()}`);
      }
    }
    return { message: aMessage({ channelId, nonce, text }), position: this.posted.length };
  }
}
