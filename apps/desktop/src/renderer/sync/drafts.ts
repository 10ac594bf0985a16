import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { MessageText } from '@parley/shared/protocol/message.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import type { State } from '@parley/shared/state/state.ts';
import { backoffMs } from '../../live/backoff.ts';
import { HeldDraft, joined, unsentDraft, type DraftChoice } from './held-draft.ts';
import type { Storage, StoredDraft } from './storage.ts';
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
  onTrouble: (trouble: string, error: unknown) => void;
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
    return this.#places.get(placeKey(channelId, threadRootId))?.text ?? '';
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
    if ((known?.text ?? '') === text) return;
    const place = known ?? this.#begin(channelId, threadRootId);
    this.#change(place, () => {
      place.type(text);
    });
    this.#sendLater();
  }

  /** Words that come back go before what has been begun since. */
  giveBack(channelId: Id, threadRootId: Id | null, text: string): void {
    const begun = this.#places.get(placeKey(channelId, threadRootId))?.text ?? '';
    this.set(channelId, threadRootId, joined(text, begun));
  }

  /** The person has chosen between what is here and what another device has. */
  choose(channelId: Id, threadRootId: Id | null, choice: DraftChoice): void {
    const place = this.#places.get(placeKey(channelId, threadRootId));
    if (!place?.other) return;
    this.#change(place, () => {
      place.choose(choice);
    });
    this.flush();
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
    this.#sendLater();
  }

  #begin(channelId: Id, threadRootId: Id | null): HeldDraft {
    const place = new HeldDraft(channelId, threadRootId, unsentDraft('', this.#known ?? undefined));
    this.#places.set(placeKey(channelId, threadRootId), place);
    return place;
  }

  /** Changes a place; stores and tells of it where that changed anything. */
  #change(place: HeldDraft, change: () => void): void {
    const { stored, other, text } = place;
    change();
    if (place.other !== other || place.text !== text) this.#options.topic.changed();
    if (place.stored === stored) return;
    this.#store(placeKey(place.channelId, place.threadRootId), place.stored);
  }

  #store(key: string, draft: StoredDraft | null): void {
    this.#writing += 1;
    this.#options.storage
      .putDraft(key, draft)
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
    this.#sendLater(waitMs);
  }

  /** Sends one change. Resolves with how long to wait after a failure that may pass. */
  async #sendOne(place: HeldDraft): Promise<number | undefined> {
    const { channelId, threadRootId } = place;
    let change = { text: '', basedOn: 0 };
    this.#change(place, () => {
      change = place.begin();
    });
    const { text, basedOn } = change;
    const where = { channelId, basedOn, ...(threadRootId !== null && { threadRootId }) };
    try {
      // Longer than a message may be, or of what no message is made: it stays here until it is changed.
      if (text !== '') MessageText.parse(text);
      const outcome = await (text === ''
        ? this.#options.clear(where)
        : this.#options.set({ ...where, text }));
      this.#attempt = 0;
      this.#change(place, () => {
        place.answered(text, outcome);
      });
    } catch (error) {
      if (error instanceof ParleyError && isTransient(error.code)) {
        const waitMs = (error.retryAfterMs ?? 0) + backoffMs(this.#attempt, this.#options.random);
        this.#attempt += 1;
        return sendAfterMs + waitMs;
      }
      this.#options.onTrouble('a draft stays on this device', error);
      this.#change(place, () => {
        place.refuse(text);
      });
    }
    return undefined;
  }
}
