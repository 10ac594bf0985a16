import { fold } from '@parley/shared/text/fold.ts';

const wordStart = /[\s\-_.,/@#()]/;

/**
 * How well the characters of a query, in their order, are found in a text: 0 not at all, more is better.
 * Whole prefixes beat starts of words, those beat any part, those beat initials; short texts beat long. Both
 * must be folded.
 */
export function score(query: string, text: string): number {
  if (query === '') return 1;
  if (text === query) return 1000;
  if (text.startsWith(query)) return 900 - Math.min(100, text.length);
  const within = indexOfWord(query, text);
  if (within >= 0) return 700 - Math.min(100, text.length) - Math.min(50, within);
  const anywhere = text.indexOf(query);
  if (anywhere >= 0) return 500 - Math.min(100, text.length) - Math.min(50, anywhere);
  return scattered(query, text);
}

function indexOfWord(query: string, text: string): number {
  let at = text.indexOf(query);
  while (at > 0 && !wordStart.test(text.charAt(at - 1))) at = text.indexOf(query, at + 1);
  return at;
}

/** Letters that each begin a word or follow the one before; letters strewn about mean nothing. */
function scattered(query: string, text: string): number {
  let at = 0;
  let points = 0;
  for (const character of query) {
    if (character === ' ') continue;
    const next = text.startsWith(character, at) && at > 0 ? at : wordStartOf(character, text, at);
    if (next < 0) return 0;
    points += next === at ? 12 : 20;
    at = next + character.length;
  }
  return Math.max(1, Math.min(400, points) - Math.min(60, text.length));
}

function wordStartOf(character: string, text: string, from: number): number {
  let at = text.indexOf(character, from);
  while (at > 0 && !wordStart.test(text.charAt(at - 1))) at = text.indexOf(character, at + 1);
  return at;
}

/** The best `limit` of the items for a query, best first; `rank` breaks ties and orders an empty query. */
export function search<T>(
  items: readonly T[],
  query: string,
  options: { texts: (item: T) => readonly string[]; rank?: (item: T) => number; limit: number },
): T[] {
  const folded = fold(query.trim());
  const scored: { item: T; points: number; rank: number; order: number }[] = [];
  items.forEach((item, order) => {
    const points = Math.max(0, ...options.texts(item).map((text) => score(folded, text)));
    if (points > 0) scored.push({ item, points, rank: options.rank?.(item) ?? 0, order });
  });
  scored.sort((a, b) => b.points + b.rank - (a.points + a.rank) || a.order - b.order);
  return scored.slice(0, options.limit).map(({ item }) => item);
}
