import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { Draft } from '@parley/shared/protocol/draft.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { StoredDraft } from './storage.ts';

/** What a person chooses to go on with: what another device has, what is here, or one after the other. */
export type DraftChoice = 'theirs' | 'mine' | 'both';

/** The place in the log, and its life, as of which something is known. */
export type Moment = { position: number; epoch: string };

/** What the server keeps of a draft. */
export type DraftContent = { text: string; fileIds: readonly Id[] };

/** Contents with an unknown fate are remembered up to here; forgetting one costs a needless question. */
const maxSent = 8;

const nothing = { version: 0, text: '', fileIds: [] };
const emptyKey = contentKey({ text: '', fileIds: [] });

/** Two contents with the same key are the same. Without files it is the text, as it was before there were files. */
export function contentKey({ text, fileIds }: DraftContent): string {
  // No text has a NUL.
  return fileIds.length === 0 ? text : `${text}\0${fileIds.join(' ')}`;
}

/**
 * What has been begun at one place, as this device has it, beside what it knows of the server. `base` is what both
 * last agreed on: a content that differs from it was written here, a version that differs came from elsewhere, and only
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

  /** The uploaded ones that belong to it, in their order. */
  get files(): readonly File[] {
    return this.#held.files;
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

  /** How it is stored once its words have gone with a message. */
  storedWithoutText(): StoredDraft | null {
    const { text } = this.#held;
    this.type('');
    const { stored } = this;
    this.type(text);
    return stored;
  }

  /** Whether something was written here that the server should have now. */
  get isDue(): boolean {
    return this.#isOwn && this.#other === null && this.#refused !== this.#writtenKey;
  }

  /** Whether nothing would be lost by forgetting this place, for somebody who knows the log up to `position`. */
  isOver(position: number): boolean {
    return this.#isEmpty && this.#other === null && this.#seenAt <= position;
  }

  type(text: string): void {
    this.#held = { ...this.#held, text };
  }

  setFiles(files: readonly File[]): void {
    this.#held = { ...this.#held, files: [...files] };
  }

  /** The change is on its way: what has become of it may never be heard. Returns it; an empty one clears. */
  begin(): DraftContent & { basedOn: number; hadFiles: boolean } {
    const key = this.#writtenKey;
    const { sent } = this.#held;
    // In the order of their going, since what follows an echo is still to come back: also the same words once more.
    const next = sent.at(-1) === key ? sent : [...sent, key].slice(-maxSent);
    this.#held = { ...this.#held, sent: next };
    const { version, fileIds } = this.#held.base;
    return { ...this.#written, basedOn: version, hadFiles: fileIds.length > 0 };
  }

  /** The server has answered what `begin` gave. */
  answered(content: DraftContent, { ok, draft, position }: CommandOutput<'draft.set'>): void {
    const { epoch } = this.#held;
    const isLate = position < this.#seenAt;
    // What is known already came after this one: it was made from it, whatever it looked like.
    const later = isLate ? this.#other : null;
    this.#forgetSent(content);
    if (!ok) this.observe(draft, { position, epoch });
    else if (!isLate || later) {
      this.#seenAt = Math.max(this.#seenAt, position);
      this.#agree(draft, this.#held);
      this.#held = { ...this.#held, sent: [] };
    }
    if (ok && later) this.observe(later, { position: this.#seenAt, epoch });
  }

  /** The server will never have it. */
  refuse(content: DraftContent): void {
    this.#forgetSent(content);
    this.#refused = contentKey(content);
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
    const theirs = { text: draft?.text ?? '', files: draft?.files ?? [] };
    const key = keyOf(theirs);
    // One's own words on their way back, or the same ones from elsewhere.
    const isEcho = key === this.#writtenKey || this.#held.sent.includes(key);
    // Where nothing waits here, what was done elsewhere is simply shown.
    const isFree = this.#other === null && (!this.#isOwn || this.#writtenKey === emptyKey);
    if (draft && !isEcho && !isFree) this.#other = draft;
    else this.#agree(draft, isFree && !isEcho ? theirs : this.#held);
  }

  /**
   * The person has chosen; the rest is theirs to lose. One after the other takes as many files as there is room for:
   * returns those for which there is none.
   */
  choose(choice: DraftChoice, room: number): readonly File[] {
    const other = this.#other;
    if (!other) return [];
    const { text, files } = this.#held;
    if (choice === 'theirs') this.#agree(other, other);
    else if (choice === 'mine') this.#agree(other, { text, files });
    else {
      const more = other.files.filter(({ id }) => !files.some((mine) => mine.id === id));
      const taken = Math.max(0, room - files.length);
      this.#agree(other, {
        text: joined(text, other.text),
        files: [...files, ...more.slice(0, taken)],
      });
      return more.slice(taken);
    }
    return [];
  }

  get #isEmpty(): boolean {
    const { text, files, base, sent } = this.#held;
    const isGone = text === '' && files.length === 0;
    return isGone && contentKey(base) === emptyKey && sent.length === 0;
  }

  /** As the server would keep it. */
  get #written(): DraftContent {
    const text = this.#held.text.normalize('NFC');
    const fileIds = this.#held.files.map(({ id }) => id);
    return { text: text.trim() === '' ? '' : text, fileIds };
  }

  get #writtenKey(): string {
    return contentKey(this.#written);
  }

  get #isOwn(): boolean {
    return this.#writtenKey !== contentKey(this.#held.base);
  }

  #agree(draft: Draft | null, { text, files }: Pick<Draft, 'text' | 'files'>): void {
    const base = draft
      ? { version: draft.version, text: draft.text, fileIds: draft.files.map(({ id }) => id) }
      : nothing;
    const sent = this.#held.sent.slice(this.#held.sent.indexOf(contentKey(base)) + 1);
    this.#held = { ...this.#held, text, files, base, sent, seenAt: this.#seenAt };
    this.#other = null;
    this.#refused = null;
  }

  /** Nothing came of the change that went last. */
  #forgetSent(content: DraftContent): void {
    const { sent } = this.#held;
    if (sent.at(-1) === contentKey(content)) {
      this.#held = { ...this.#held, sent: sent.slice(0, -1) };
    }
  }
}

function keyOf({ text, files }: Pick<Draft, 'text' | 'files'>): string {
  return contentKey({ text, fileIds: files.map(({ id }) => id) });
}

/** A text that this device alone knows of, at a place where nothing was as of that moment. */
export function unsentDraft(
  text: string,
  { position, epoch }: Moment = { position: 0, epoch: '' },
): StoredDraft {
  return { text, files: [], base: nothing, sent: [], epoch, seenAt: position };
}

/** One text after the other, where there is something in both. */
export function joined(...texts: string[]): string {
  return texts.filter((text) => text.trim() !== '').join('\n\n');
}
