import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { TextBesideFiles } from '@parley/shared/protocol/message.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import type { State } from '@parley/shared/state/state.ts';
import { backoffMs } from '../../live/backoff.ts';
import { isFileRefusal } from './file-http.ts';
import {
  HeldDraft,
  joined,
  unsentDraft,
  type DraftChoice,
  type DraftContent,
} from './held-draft.ts';
import type { Along, Storage, StoredDraft } from './storage.ts';
import type { Topic } from './topic.ts';
import { isTransient } from './transient.ts';

/** The server is told so long after the first key, or twice that: a message of a minute costs it twenty changes. */
const sendAfterMs = 2_000;

export type DraftsOptions = {
  storage: Pick<Storage, 'loadDrafts' | 'putDraft'>;
  set: (input: CommandInput<'draft.set'>) => Promise<CommandOutput<'draft.set'>>;
  clear: (input: CommandInput<'draft.clear'>) => Promise<CommandOutput<'draft.clear'>>;
  topic: Topic;
  random: () => number;
  /**
   * These belong to what was begun there no more, be it by another device. Returns the attachments that are gone with
   * them.
   */
  onFilesGone: (key: string, files: readonly File[]) => readonly Id[];
  /** The server does not take all of the files that were named at a place. */
  onFilesRefused: (channelId: Id, threadRootId: Id | null) => Promise<void>;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** Words on their way into a message. */
export type Leaving = {
  toStore(): NonNullable<Along['draft']>;
  hasGone(): void;
  hasStayed(): void;
};

type Known = Pick<State, 'drafts' | 'position' | 'epoch'>;

/**
 * What the person has begun to write, in each conversation and thread. Every change is stored at once and told to the
 * server in a moment, one change at a time; what other devices write comes back with the state. Where two devices
 * changed the same text, both are kept until the person has chosen.
 */
export class Drafts {
  readonly #options: DraftsOptions;
  readonly #places = new Map<string, HeldDraft>();
  #loaded = false;
  #known: Known | null = null;
  #observed: Known | null = null;
  #online = false;
  /** The place whose change is under way: one at a time. */
  #sending: HeldDraft | null = null;
  /** The person left while a change was under way: what came after it does not wait. */
  #hurried = false;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What goes with messages that are being stored: shown no more. */
  readonly #leaving = new Map<string, { text: string }>();
  /** Those who wait until the server was told of all that was changed at a place. */
  #waiters: { key: string; go: () => void }[] = [];
  /** Writes to the storage that are under way. */
  #writing = 0;
  #hasFailed = false;

  constructor(options: DraftsOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    try {
      for (const [key, stored] of await this.#options.storage.loadDrafts()) {
        const [channelId = key, threadRootId = null] = key.split(':');
        const written = this.#places.get(key);
        const place = new HeldDraft(channelId, threadRootId, stored);
        this.#places.set(key, place);
        // What was written meanwhile is newer.
        if (written) {
          this.#change(place, () => {
            place.type(written.text);
            if (written.files.length > 0) place.setFiles(written.files);
          });
        }
      }
    } finally {
      this.#loaded = true;
      this.#observeKnown();
      this.#options.topic.changed();
    }
  }

  get(channelId: Id, threadRootId: Id | null): string {
    this.#options.topic.read();
    const key = placeKey(channelId, threadRootId);
    const text = this.#places.get(key)?.text ?? '';
    return this.#leaving.get(key)?.text === text ? '' : text;
  }

  /** The uploaded ones that belong to what was begun, in their order. */
  files(channelId: Id, threadRootId: Id | null): readonly File[] {
    this.#options.topic.read();
    return this.#places.get(placeKey(channelId, threadRootId))?.files ?? [];
  }

  /** What another device has changed since both knew the same; null where nothing is to be chosen. */
  other(channelId: Id, threadRootId: Id | null): Draft | null {
    this.#options.topic.read();
    return this.#places.get(placeKey(channelId, threadRootId))?.other ?? null;
  }

  /** Whether all of it would survive the end of the page. */
  get isStored(): boolean {
    return this.#writing === 0 && !this.#hasFailed;
  }

  set(channelId: Id, threadRootId: Id | null, text: string): void {
    const key = placeKey(channelId, threadRootId);
    const known = this.#places.get(key);
    this.#leaving.delete(key);
    if ((known?.text ?? '') === text) return;
    const place = known ?? this.#begin(channelId, threadRootId);
    this.#change(place, () => {
      place.type(text);
    });
    this.#sendLater();
  }

  /**
   * The words at a place go with a message. They are shown no more, and are kept until that message is: `toStore` gives
   * what is stored with it, one of the others says how it went. What is typed meanwhile stays in any case.
   */
  leave(channelId: Id, threadRootId: Id | null): Leaving {
    const key = placeKey(channelId, threadRootId);
    const mark = { text: this.#places.get(key)?.text ?? '' };
    this.#leaving.set(key, mark);
    this.#options.topic.changed();
    const isLeaving = () => this.#leaving.get(key) === mark;
    return {
      toStore: () => ({ key, left: this.#places.get(key)?.storedWithoutText() ?? null }),
      hasGone: () => {
        const place = this.#places.get(key);
        if (isLeaving()) this.set(channelId, threadRootId, '');
        // The same words once more, of which the storage was told that they are gone.
        else if (place) this.#store(key, place.stored);
      },
      hasStayed: () => {
        if (isLeaving()) this.#leaving.delete(key);
        this.#options.topic.changed();
      },
    };
  }

  setFiles(channelId: Id, threadRootId: Id | null, files: readonly File[]): void {
    const known = this.#places.get(placeKey(channelId, threadRootId));
    const before = known?.files ?? [];
    if (before.length === files.length && before.every(({ id }, n) => id === files[n]?.id)) return;
    const place = known ?? this.#begin(channelId, threadRootId);
    this.#change(place, () => {
      place.setFiles(files);
    });
    this.#sendLater();
  }

  /** Resolves once the server knows what is here, or will not have it. */
  told(channelId: Id, threadRootId: Id | null): Promise<void> {
    const waiting = new Promise<void>((go) => {
      this.#waiters.push({ key: placeKey(channelId, threadRootId), go });
    });
    this.#letGo();
    return waiting;
  }

  /** Words that come back go before what has been begun since. */
  giveBack(channelId: Id, threadRootId: Id | null, text: string): void {
    const begun = this.#places.get(placeKey(channelId, threadRootId))?.text ?? '';
    this.set(channelId, threadRootId, joined(text, begun));
  }

  /**
   * The person has chosen between what is here and what another device has, for which there is room for so many files.
   * Returns those of the other device that there is none for.
   */
  choose(
    channelId: Id,
    threadRootId: Id | null,
    choice: DraftChoice,
    room: number,
  ): readonly File[] {
    const place = this.#places.get(placeKey(channelId, threadRootId));
    if (!place?.other) return [];
    let left: readonly File[] = [];
    this.#change(place, () => {
      left = place.choose(choice, room);
    });
    this.flush();
    return left;
  }

  /** The person leaves: what was written is told to the server at once. */
  flush(): void {
    this.#hurried = this.#sending !== null;
    void this.#send();
  }

  /** What the server keeps, by what is known of it now. */
  observe(known: Known): void {
    this.#known = known;
    if (this.#loaded) this.#observeKnown();
  }

  setOnline(online: boolean): void {
    if (this.#online === online) return;
    this.#online = online;
    this.#attempt = 0;
    this.#cancel();
    this.#sendLater();
  }

  stop(): void {
    this.#online = false;
    this.#cancel();
  }

  #observeKnown(): void {
    const known = this.#known;
    // Drafts are never changed in place: the same ones tell nothing new.
    const { drafts, epoch } = this.#observed ?? {};
    if (!known || (known.drafts === drafts && known.epoch === epoch)) return;
    const isFirst = this.#observed === null;
    this.#observed = known;
    for (const [key, { channelId, threadRootId }] of known.drafts) {
      if (!this.#places.has(key)) this.#begin(channelId, threadRootId);
    }
    for (const [key, place] of this.#places) {
      this.#change(place, () => {
        place.observe(known.drafts.get(key) ?? null, known);
      });
      if (place === this.#sending || !place.isOver(known.position)) continue;
      this.#places.delete(key);
      // What this run began with knows of it: so will what the next one begins with.
      if (isFirst) this.#store(key, null);
    }
    this.#letGo();
    this.#sendLater();
  }

  #letGo(): void {
    const isTold = ({ key }: { key: string }) => {
      const place = this.#places.get(key);
      return !place || (!place.isDue && place !== this.#sending);
    };
    const told = this.#waiters.filter(isTold);
    this.#waiters = this.#waiters.filter((waiter) => !told.includes(waiter));
    for (const { go } of told) go();
  }

  #begin(channelId: Id, threadRootId: Id | null): HeldDraft {
    const place = new HeldDraft(channelId, threadRootId, unsentDraft('', this.#known ?? undefined));
    this.#places.set(placeKey(channelId, threadRootId), place);
    return place;
  }

  /** Changes a place; stores and tells of it where that changed anything. */
  #change(place: HeldDraft, change: () => void): void {
    const { stored, other, text, files } = place;
    change();
    const key = placeKey(place.channelId, place.threadRootId);
    const gone = files.filter(({ id }) => !place.files.some((file) => file.id === id));
    const forgotten = gone.length > 0 ? this.#options.onFilesGone(key, gone) : [];
    if (place.other !== other || place.text !== text || place.files !== files) {
      this.#options.topic.changed();
    }
    if (place.stored !== stored) this.#store(key, place.stored, forgotten);
  }

  #store(key: string, draft: StoredDraft | null, gone: readonly Id[] = []): void {
    this.#writing += 1;
    this.#options.storage
      .putDraft(key, draft, gone)
      .catch((error: unknown) => {
        this.#hasFailed = true;
        this.#options.onTrouble('a draft could not be stored', error);
      })
      .finally(() => {
        this.#writing -= 1;
      });
  }

  #due(): HeldDraft | undefined {
    return [...this.#places.values()].find(({ isDue }) => isDue);
  }

  #sendLater(waitMs = sendAfterMs * (1 + this.#options.random())): void {
    if (!this.#online || this.#sending || this.#timer !== undefined || !this.#due()) return;
    this.#timer = setTimeout(() => void this.#send(), waitMs);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Sends all that is due, one change after the other. */
  async #send(): Promise<void> {
    if (this.#sending || !this.#online) return;
    this.#cancel();
    const tried = new Set<HeldDraft>();
    let waitMs: number | undefined;
    for (let place = this.#due(); place; place = this.#due()) {
      // What was written on while it was under way waits like any other key, unless the person has left.
      if (tried.has(place) && !this.#hurried) break;
      this.#hurried = false;
      tried.add(place);
      this.#sending = place;
      waitMs = await this.#sendOne(place);
      if (waitMs !== undefined) break;
    }
    this.#hurried = false;
    this.#sending = null;
    this.#letGo();
    this.#sendLater(waitMs);
  }

  /** Sends one change. Resolves with how long to wait after a failure that may pass. */
  async #sendOne(place: HeldDraft): Promise<number | undefined> {
    const { channelId, threadRootId } = place;
    let change: ReturnType<HeldDraft['begin']> | undefined;
    this.#change(place, () => {
      change = place.begin();
    });
    if (!change) return undefined;
    const { basedOn, hadFiles, ...content } = change;
    const where = { channelId, basedOn, ...(threadRootId !== null && { threadRootId }) };
    try {
      const outcome = await this.#tell(where, content, hadFiles);
      this.#attempt = 0;
      this.#change(place, () => {
        place.answered(content, outcome);
      });
    } catch (error) {
      if (error instanceof ParleyError && isTransient(error.code)) {
        const waitMs = (error.retryAfterMs ?? 0) + backoffMs(this.#attempt, this.#options.random);
        this.#attempt += 1;
        return sendAfterMs + waitMs;
      }
      this.#options.onTrouble('a draft stays on this device', error);
      this.#change(place, () => {
        place.refuse(content);
      });
      if (error instanceof ParleyError && isFileRefusal(error)) {
        await this.#options.onFilesRefused(channelId, threadRootId);
      }
    }
    return undefined;
  }

  #tell(
    where: CommandInput<'draft.clear'>,
    { text, fileIds }: DraftContent,
    hadFiles: boolean,
  ): Promise<CommandOutput<'draft.set'>> {
    if (text === '' && fileIds.length === 0) return this.#options.clear(where);
    // Longer than a message may be, or of what no message is made: it stays here until it is changed.
    TextBesideFiles.parse(text);
    const files = fileIds.length > 0 || hadFiles ? { fileIds: [...fileIds] } : {};
    return this.#options.set({ ...where, text, ...files });
  }
}
