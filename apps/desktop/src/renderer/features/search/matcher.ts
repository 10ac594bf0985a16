import type { Message } from '@parley/shared/protocol/message.ts';
import { fold } from '@parley/shared/text/fold.ts';
import { plainText } from '@parley/shared/text/plain.ts';
import { matches, type SearchQuery } from '@parley/shared/text/search-query.ts';
import { shownName } from '../../ui/files/file-name.ts';

/** What Markdown takes away from a text, or what stands between its words; entries of a list have a comma. */
const marks = /[*_~`\\|<>#+\-=[\]()!:,\s]/gu;
/** Of a link with a text of its own the address is not seen, and may stand within what is looked for. */
const hiddenAddress = '](';

/** An edited message is another object; a message that is let go takes along what is kept of it here. */
const bare = new WeakMap<Message, string>();
const seen = new WeakMap<Message, string>();

function kept(texts: WeakMap<Message, string>, message: Message, make: () => string): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = make();
  texts.set(message, text);
  return text;
}

function rawText({ text, files }: Message): string {
  return files.length === 0 ? text : `${text} ${files.map(({ name }) => name).join(' ')}`;
}

/** What people see of a message in words: also what its files are called. */
export function seenText({ text, files }: Pick<Message, 'text' | 'files'>): string {
  const names = files.map(({ name }) => shownName(name));
  return [plainText(text), ...names].filter((part) => part !== '').join(' · ');
}

/**
 * Whether a message says what is looked for, by what people see of it. To read the Markdown of each message would take
 * seconds for some thousands: only those are read that have all the letters.
 */
export function matcherOf(query: SearchQuery): (message: Message) => boolean {
  const words = query.wanted
    .flatMap((term) => term.split(' '))
    .map((word) => word.replace(marks, ''));
  return (message) => {
    if (message.deletedAt !== null || message.kind !== 'text') return false;
    if (!message.text.includes(hiddenAddress)) {
      const letters = kept(bare, message, () => fold(rawText(message)).replace(marks, ''));
      if (!words.every((word) => letters.includes(word))) return false;
    }
    return matches(
      query,
      kept(seen, message, () => fold(seenText(message))),
    );
  };
}
