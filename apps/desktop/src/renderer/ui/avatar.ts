const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function firstGrapheme(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment;
  return '';
}

/** What a name begins with, as people see it, and as a capital where there are such. */
export function firstCharacter(name: string): string {
  return firstGrapheme(name.trim()).toLocaleUpperCase();
}

/** One or two initials: of the first and the last word, or the first character of a script without case. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s,]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = firstGrapheme(words[0] ?? name.trim());
  const last = words.length > 1 ? firstGrapheme(words.at(-1) ?? '') : '';
  return `${first}${last}`.toLocaleUpperCase();
}

/** A hue of 0–359 that stays the same for an id (FNV-1a, 32 bits, of its characters). */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const character of id) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  // Neighbouring hues look alike: 24 steps keep people apart.
  return ((hash >>> 0) % 24) * 15;
}
