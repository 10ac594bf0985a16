import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { StoredDraft } from './storage.ts';

/** What a person chooses to go on with: what another device has, what is here, or one after the other. */
export type DraftChoice = 'theirs' | 'mine' | 'both';

/** The place in the log, and its life, as of which something is known. */
export type Moment = { position: number; epoch: string };

/** Texts with an unknown fate are remembered up to here; forgetting one costs a needless question. */
const maxSent = 8;

const nothing = { version: 0, text: '' } as const;

/**
 * What has been begun at one place, as this device has it, beside what it knows of the server. `base` is what both
 * last agreed on: a text that differs from it was written here, a version that differs came from elsewhere, and only
 * where both differ has the person to choose. Pure: it neither sends nor stores.
 */
export class HeldDraft {
  readonly channelId: Id;
  readonly threadRootId: Id | null;
  #held: StoredDraft;
  /** The place in the log as of which the server's copy is known. */
  #seenAt: number;
  #other: Draft | null = null;
  /** What the server will not have, so that it is not asked again. */
  #refused: string | null = null;

  constructor(channelId: Id, threadRootId: Id | null, stored: StoredDraft) {
    this.channelId = channelId;
    this.threadRootId = threadRootId;
    this.#held = stored;
    this.#seenAt = stored.seenAt;
  }

  /** As it is in the field. */
  get text(): string {
    return this.#held.text;
  }

  /** What another device has, while the person has not chosen. */
  get other(): Draft | null {
    return this.#other;
  }

  /**
   * What to store; null when nothing was ever there. That something is gone is stored as well: the view that the next
   * run begins with may be older, and would bring it back.
   */
  get stored(): StoredDraft | null {
    return this.#isEmpty && this.#held.seenAt === 0 ? null : this.#held;
  }

  /** Whether something was written here that the server should have now. */
  get isDue(): boolean {
    return this.#isOwn && this.#other === null && this.#refused !== this.#written;
  }

  /** Whether nothing would be lost by forgetting this place, for somebody who knows the log up to `position`. */
  isOver(position: number): boolean {
    return this.#isEmpty && this.#other === null && this.#seenAt <= position;
  }

  type(text: string): void {
    this.#held = { ...this.#held, text };
  }

  /** The change is on its way: what has become of it may never be heard. Returns it; an empty text clears. */
  begin(): { text: string; basedOn: number } {
    const text = this.#written;
    const { sent } = this.#held;
    // In the order of their going, since what follows an echo is still to come back: also the same words once more.
    const next = sent.at(-1) === text ? sent : [...sent, text].slice(-maxSent);
    this.#held = { ...this.#held, sent: next };
    return { text, basedOn: this.#held.base.version };
  }

  /** The server has answered what `begin` gave. */
  answered(text: string, { ok, draft, position }: CommandOutput<'draft.set'>): void {
    const { epoch } = this.#held;
    const isLate = position < this.#seenAt;
    // What is known already came after this one: it was made from it, whatever it looked like.
    const later = isLate ? this.#other : null;
    this.#forgetSent(text);
    if (!ok) this.observe(draft, { position, epoch });
    else if (!isLate || later) {
      this.#seenAt = Math.max(this.#seenAt, position);
      this.#agree(draft, this.#held.text);
      this.#held = { ...this.#held, sent: [] };
    }
    if (ok && later) this.observe(later, { position: this.#seenAt, epoch });
  }

  /** The server will never have it. */
  refuse(text: string): void {
    this.#forgetSent(text);
    this.#refused = text;
  }

  /**
   * What the server keeps at this place as of a moment. What is older than what is known already says nothing. Of
   * another life of the log no version means anything: all that is here then counts as written here.
   */
  observe(draft: Draft | null, { position, epoch }: Moment): void {
    if (epoch !== this.#held.epoch) {
      this.#held = { ...this.#held, base: nothing, epoch };
      this.#seenAt = 0;
      this.#other = null;
    }
    if (position < this.#seenAt) return;
    this.#seenAt = position;
    if ((draft?.version ?? 0) === this.#held.base.version) {
      this.#other = null;
      return;
    }
    const text = draft?.text ?? '';
    // One's own words on their way back, or the same ones from elsewhere.
    const isEcho = text === this.#written || this.#held.sent.includes(text);
    // Where nothing waits here, what was done elsewhere is simply shown.
    const isFree = this.#other === null && (!this.#isOwn || this.#written === '');
    if (draft && !isEcho && !isFree) this.#other = draft;
    else this.#agree(draft, isFree && !isEcho ? text : this.#held.text);
  }

  /** The person has chosen; the rest is theirs to lose. */
  choose(choice: DraftChoice): void {
    const other = this.#other;
    if (!other) return;
    const texts = { theirs: other.text, mine: this.text, both: joined(this.text, other.text) };
    this.#agree(other, texts[choice]);
  }

  get #isEmpty(): boolean {
    const { text, base, sent } = this.#held;
    return text === '' && base.text === '' && sent.length === 0;
  }

  /** As the server would keep it. */
  get #written(): string {
    const text = this.#held.text.normalize('NFC');
    return text.trim() === '' ? '' : text;
  }

  get #isOwn(): boolean {
    return this.#written !== this.#held.base.text;
  }

  #agree(draft: Draft | null, text: string): void {
    const base = draft ? { version: draft.version, text: draft.text } : nothing;
    const sent = this.#held.sent.slice(this.#held.sent.indexOf(base.text) + 1);
    this.#held = { ...this.#held, text, base, sent, seenAt: this.#seenAt };
    this.#other = null;
    this.#refused = null;
  }

  /** Nothing came of the change that went last. */
  #forgetSent(text: string): void {
    const { sent } = this.#held;
    if (sent.at(-1) === text) this.#held = { ...this.#held, sent: sent.slice(0, -1) };
  }
}

/** A text that this device alone knows of, at a place where nothing was as of that moment. */
export function unsentDraft(
  text: string,
  { position, epoch }: Moment = { position: 0, epoch: '' },
): StoredDraft {
  return { text, base: nothing, sent: [], epoch, seenAt: position };
}

/** One text after the other, where there is something in both. */
export function joined(...texts: string[]): string {
  return texts.filter((text) => text.trim() !== '').join('\n\n');
}
