import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { mayReplaceDraft, type Draft } from '@parley/shared/protocol/draft.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import { aFile } from './files.ts';
import { Drafts } from '../src/renderer/sync/drafts.ts';
import { createMemoryStorage, type Storage } from '../src/renderer/sync/storage.ts';
import { Topic, untracked } from '../src/renderer/sync/topic.ts';

type Input = CommandInput<'draft.set'> | CommandInput<'draft.clear'>;
type Outcome = CommandOutput<'draft.set'>;
type Known = { drafts: ReadonlyMap<string, Draft>; position: number; epoch: string };

const at = '2026-03-02T09:00:00.000Z';

/** The drafts of one person on a server in memory, with a log of what became of them. */
export class DraftServer {
  /** What was known after each position. */
  readonly log: Known[] = [{ drafts: new Map(), position: 0, epoch: 'first' }];

  get now(): Known {
    const last = this.log.at(-1);
    if (!last) throw new Error('the log is empty');
    return last;
  }

  text(channelId: Id): string {
    return this.now.drafts.get(channelId)?.text ?? '';
  }

  files(channelId: Id): File[] {
    return this.now.drafts.get(channelId)?.files ?? [];
  }

  run(input: Input): Outcome {
    const { position, epoch } = this.now;
    const { channelId, threadRootId = null, basedOn } = input;
    const key = placeKey(channelId, threadRootId);
    const kept = this.now.drafts.get(key) ?? null;
    const text = 'text' in input ? input.text.normalize('NFC') : '';
    const fileIds = 'text' in input ? (input.fileIds ?? []) : [];
    const isSame =
      (kept?.text ?? '') === text &&
      (kept?.files ?? []).map(({ id }) => id).join() === fileIds.join();
    if (isSame || !mayReplaceDraft(kept, basedOn)) return { ok: isSame, draft: kept, position };
    const next = position + 1;
    const files = fileIds.map((id) => aFile(id));
    const draft = { channelId, threadRootId, text, files, version: next, updatedAt: at };
    const drafts = new Map(this.now.drafts);
    const isGone = text === '' && files.length === 0;
    if (isGone) drafts.delete(key);
    else drafts.set(key, draft);
    this.log.push({ drafts, position: next, epoch });
    return { ok: true, draft: isGone ? null : draft, position: next };
  }

  /** Another life of the log: what came after `position` is forgotten. */
  restore(position: number): void {
    this.log.splice(position + 1);
    for (const [index, known] of this.log.entries()) {
      this.log[index] = { ...known, epoch: `${known.epoch}+` };
    }
  }
}

/** A command under way: not yet carried out, or carried out and not yet answered. */
type Call = {
  input: Input;
  outcome: Outcome | null;
  resolve: (outcome: Outcome) => void;
  reject: (error: ParleyError) => void;
};

/** A device of the person: its drafts, with a network in between that goes on step by step. */
export class DraftDevice {
  readonly #server: DraftServer;
  readonly storage: Storage = createMemoryStorage();
  drafts: Drafts;
  #calls: Call[] = [];
  /** Commands of connections that broke: the server may carry them out yet. */
  #lost: Input[] = [];
  #heard = 0;
  #epoch = 'first';
  isOnline = false;
  /** The most commands that were ever under way at once. */
  most = 0;
  readonly troubles: string[] = [];

  constructor(server: DraftServer) {
    this.#server = server;
    this.drafts = this.#open();
  }

  #open(): Drafts {
    const ask = (input: Input) =>
      new Promise<Outcome>((resolve, reject) => {
        this.#calls.push({ input, outcome: null, resolve, reject });
        this.most = Math.max(this.most, this.#calls.length);
      });
    return new Drafts({
      storage: this.storage,
      set: ask,
      clear: ask,
      topic: new Topic(untracked),
      random: () => 0.5,
      onFilesGone: () => [],
      onFilesRefused: () => Promise.resolve(),
      onTrouble: (trouble) => this.troubles.push(trouble),
    });
  }

  async start(): Promise<void> {
    await this.drafts.load();
    this.#observe();
  }

  /** The app ends at this moment, and another run of it begins where its view was written. */
  async restart(viewAt: number): Promise<void> {
    this.goOffline();
    this.drafts.stop();
    this.#heard = Math.min(this.#heard, viewAt);
    this.drafts = this.#open();
    await this.start();
  }

  goOnline(): void {
    this.isOnline = true;
    // A cursor from another life of the log is no use: the device begins with a snapshot.
    if (this.#epoch !== this.#server.now.epoch) this.jump();
    this.drafts.setOnline(true);
  }

  goOffline(): void {
    this.isOnline = false;
    this.drafts.setOnline(false);
    for (const { input, outcome, reject } of this.#calls.splice(0)) {
      if (!outcome) this.#lost.push(input);
      reject(new ParleyError('unavailable', 'The connection broke.'));
    }
  }

  /** The server carries out what came to it first. */
  serve(): void {
    const call = this.#calls.find(({ outcome }) => !outcome);
    if (call) call.outcome = this.#server.run(call.input);
  }

  /** The server carries out what it had received before a connection broke. */
  serveLost(): void {
    const input = this.#lost.shift();
    if (input) this.#server.run(input);
  }

  serveAllLost(): void {
    while (this.#lost.length > 0) this.serveLost();
  }

  /** An answer gets here, if there is one. */
  answer(): void {
    const index = this.#calls.findIndex(({ outcome }) => outcome);
    const [call] = index === -1 ? [] : this.#calls.splice(index, 1);
    if (call?.outcome) call.resolve(call.outcome);
  }

  /** What is under way is refused. */
  refuse(error: ParleyError): void {
    for (const { reject } of this.#calls.splice(0)) reject(error);
  }

  /** What is under way. */
  get asked(): Input[] {
    return this.#calls.map(({ input }) => input);
  }

  /** The next event gets here, if there is one. */
  hear(): void {
    if (!this.isOnline || this.#heard >= this.#server.now.position) return;
    this.#heard += 1;
    this.#observe();
  }

  /** A fresh snapshot instead of the events in between. */
  jump(): void {
    if (!this.isOnline) return;
    this.#heard = this.#server.now.position;
    this.#observe();
  }

  get hasHeardAll(): boolean {
    return this.#heard === this.#server.now.position && this.#calls.length === 0;
  }

  #observe(): void {
    const known = this.#server.log[this.#heard];
    if (!known) throw new Error('there is no such position');
    this.#epoch = known.epoch;
    this.drafts.observe(known);
  }
}
