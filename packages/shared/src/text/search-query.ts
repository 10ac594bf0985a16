import { fold, foldWithOrigins } from './fold.ts';

/** Words and phrases, folded: a text has to have all that are wanted, and none of the others. */
export type SearchQuery = { wanted: readonly string[]; unwanted: readonly string[] };

/** A piece of a text, and whether it is what was looked for. */
export type SnippetPart = { text: string; isHit: boolean };

const maxTerms = 20;
const maxLength = 500;
/** A word, or a phrase in quotes of which the last may be missing; a hyphen before it says that it is not wanted. */
const term = /(-?)"([^"]*)"?|(-?)(\S+)/gu;

/**
 * Reads what a person looks for: words, parts of words and "phrases", in any script; `-` before one negates it. Null
 * when nothing is wanted. More than twenty terms are left out.
 */
export function parseSearchQuery(text: string): SearchQuery | null {
  const wanted: string[] = [];
  const unwanted: string[] = [];
  const straight = text.slice(0, maxLength).replace(/[“”„«»]/gu, '"');
  for (const [, beforePhrase = '', phrase, beforeWord = '', word = ''] of straight.matchAll(term)) {
    const folded = fold(phrase ?? word).trim();
    if (folded === '' || wanted.length + unwanted.length >= maxTerms) continue;
    (beforePhrase + beforeWord === '-' ? unwanted : wanted).push(folded);
  }
  return wanted.length === 0 ? null : { wanted, unwanted };
}

/** Whether a text that was folded has what is looked for. */
export function matches({ wanted, unwanted }: SearchQuery, folded: string): boolean {
  return (
    wanted.every((each) => folded.includes(each)) && !unwanted.some((each) => folded.includes(each))
  );
}

/** Where in a text the wanted words are: from and to, in order, none touching another. */
export function hitsIn({ wanted }: SearchQuery, text: string): [from: number, to: number][] {
  const { folded, origins } = foldWithOrigins(text);
  const found: [from: number, to: number][] = [];
  for (const each of wanted) {
    for (let at = folded.indexOf(each); at >= 0; at = folded.indexOf(each, at + each.length)) {
      let end = at + each.length;
      // A letter that is spelled as two is shown as one.
      while (end < folded.length && origins[end] === origins[end - 1]) end += 1;
      found.push([origins[at] ?? 0, origins[end] ?? text.length]);
    }
  }
  found.sort(([a], [b]) => a - b);
  const merged: [from: number, to: number][] = [];
  for (const [from, to] of found) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** So much stands before the first hit of a snippet. */
const leadLength = 40;

/** The part of a text around the first hit, at most about `length` characters, with all hits in it marked. */
export function snippetOf(query: SearchQuery, text: string, length: number): SnippetPart[] {
  const hits = hitsIn(query, text);
  const first = hits[0]?.[0] ?? 0;
  const start = first <= leadLength ? 0 : wordStart(text, first - leadLength, first);
  const end = start + length >= text.length ? text.length : wholeCharacter(text, start + length);
  const parts: SnippetPart[] = [];
  const push = (from: number, to: number, isHit: boolean) => {
    if (to > from) parts.push({ text: text.slice(from, to), isHit });
  };
  let at = start;
  for (const [from, to] of hits) {
    if (from >= end) break;
    push(at, from, false);
    push(from, Math.min(to, end), true);
    at = Math.min(to, end);
  }
  push(at, end, false);
  if (start > 0) parts.unshift({ text: '…', isHit: false });
  if (end < text.length) parts.push({ text: '…', isHit: false });
  return parts;
}

/** The start of the first word from here on; where there are no spaces, this very place. */
function wordStart(text: string, from: number, before: number): number {
  const space = text.slice(from, before).search(/\s/u);
  return space < 0 ? wholeCharacter(text, from) : from + space + 1;
}

/** A place that is not within a character. */
function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
