/**
 * What people leave out when they look for a word: accents of Latin, Greek and Cyrillic letters, vowel points of Hebrew
 * and Arabic, the Arabic stretching stroke, and what cannot be seen. Vowel signs of Indic scripts and Thai stay, and so
 * do the sound marks of kana: without them it would be another word.
 */
const leftOut = anyOf([
  ...[0x0300, 0x036f, 0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x20d0, 0x20ff, 0xfe20, 0xfe2f],
  ...[0x0591, 0x05bd, 0x05bf, 0x05bf, 0x05c1, 0x05c2, 0x05c4, 0x05c5, 0x05c7, 0x05c7],
  ...[0x0610, 0x061a, 0x0640, 0x0640, 0x064b, 0x065f, 0x0670, 0x0670, 0x06d6, 0x06dc],
  ...[0x06df, 0x06e4, 0x06e7, 0x06e8, 0x06ea, 0x06ed],
  ...[0x00ad, 0x00ad, 0x200b, 0x200f, 0x2060, 0x2060, 0xfe00, 0xfe0f, 0xfeff, 0xfeff],
]);

/** Letters that Unicode does not take apart, as they are typed where a keyboard has none. */
const spelled: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
};
const unspelled = new RegExp(`[${Object.keys(spelled).join('')}]`, 'gu');
const ascii = /^[\0-\x7F]*$/u;

/** Folds case, accents, widths and white space, in any script, so that `zoe` finds `Zoë`. */
export function fold(text: string): string {
  const letters = ascii.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .toLowerCase()
        .replace(leftOut, '')
        .replace(unspelled, (letter) => spelled[letter] ?? letter);
  return letters.replace(/\s+/gu, ' ');
}

/** An expression for characters, given as the first and the last of each range. */
function anyOf(bounds: readonly number[]): RegExp {
  const escaped = bounds.map((code, index) => `\\u{${code.toString(16)}}${index % 2 ? '' : '-'}`);
  return new RegExp(`[${escaped.join('')}]`, 'gu');
}

/**
 * Folds a text and says where it came from: `origins[i]` is where the character at `i` of the folded text begins in the
 * text; one more at the end is the length of the text.
 */
export function foldWithOrigins(text: string): { folded: string; origins: number[] } {
  let folded = '';
  const origins: number[] = [];
  let at = 0;
  for (const character of text) {
    for (const unit of fold(character).split('')) {
      if (unit === ' ' && folded.endsWith(' ')) continue;
      folded += unit;
      origins.push(at);
    }
    at += character.length;
  }
  origins.push(text.length);
  return { folded, origins };
}
