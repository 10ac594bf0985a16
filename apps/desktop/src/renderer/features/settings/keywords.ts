import { codePointLength } from '@parley/shared/protocol/plain-text.ts';

const maxKeywords = 50;
const maxLength = 60;

export type Keywords =
  { ok: true; keywords: string[] } | { ok: false; fault: 'too_many' | 'too_long' };

/** The words of a list that somebody typed, with commas between them, each once whatever its case. */
export function keywordsIn(text: string): Keywords {
  const byFolded = new Map<string, string>();
  for (const part of text.split(/[,;\n]/)) {
    const word = part.trim().replace(/\s+/g, ' ');
    const folded = word.toLowerCase();
    if (word !== '' && !byFolded.has(folded)) byFolded.set(folded, word);
  }
  const keywords = [...byFolded.values()];
  if (keywords.some((word) => codePointLength(word) > maxLength))
    return { ok: false, fault: 'too_long' };
  if (keywords.length > maxKeywords) return { ok: false, fault: 'too_many' };
  return { ok: true, keywords };
}
