/** Letters, marks and digits, but not those of scripts without spaces between words or with endings hung on. */
const partOfWord =
  '[[\\p{L}\\p{M}\\p{N}_]--[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}]]';
const startsInWord = new RegExp(`^${partOfWord}`, 'v');
const endsInWord = new RegExp(`${partOfWord}$`, 'v');

/** The patterns of a list of keywords; lists are never changed in place. */
const compiled = new WeakMap<readonly string[], RegExp[]>();

/** Whether a text holds one of the keywords as a word of its own, whatever the case. */
export function hasKeyword(text: string, keywords: readonly string[]): boolean {
  if (keywords.length === 0) return false;
  const patterns = compiled.get(keywords) ?? compile(keywords);
  compiled.set(keywords, patterns);
  const searched = folded(text);
  return patterns.some((pattern) => pattern.test(searched));
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** At most four patterns: what surrounds a word is asked once a place, not once a word. */
function compile(keywords: readonly string[]): RegExp[] {
  const groups = new Map<string, string[]>();
  for (const keyword of keywords) {
    const word = folded(keyword.trim());
    if (word === '') continue;
    const before = startsInWord.test(word) ? `(?<!${partOfWord})` : '';
    const after = endsInWord.test(word) ? `(?!${partOfWord})` : '';
    const frame = `${before}(?:WORDS)${after}`;
    groups.set(frame, [...(groups.get(frame) ?? []), escaped(word)]);
  }
  return [...groups].map(
    ([frame, words]) =>
      new RegExp(
        frame.replace('WORDS', () => words.join('|')),
        'v',
      ),
  );
}

function escaped(word: string): string {
  return word.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&');
}
