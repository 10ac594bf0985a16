/** What turns the direction of what stands after it, or is not seen at all: a name may lie with it about its ending. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Emoji are joined by one, and letters kept apart by the other. */
const needed = new Set(['\u200C', '\u200D']);
/** After the last point, if that is short enough to be an ending. */
const ending = /\.[\p{L}\p{N}]{1,10}$/u;
/** So much of the name is left in sight before its ending. */
const keptBefore = 6;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The name as it is shown: what is not seen is not there. */
export function shownName(name: string): string {
  return name.replace(unseen, (each) => (needed.has(each) ? each : ''));
}

/**
 * A name in two parts, of which the first gives way where there is little room: what kind of file it is, and the number
 * of a series, stand at the end.
 */
export function splitName(name: string): { head: string; tail: string } {
  const shown = shownName(name);
  const end = ending.exec(shown)?.[0] ?? '';
  const stem = shown.slice(0, shown.length - end.length);
  const parts = [...graphemes.segment(stem)].map(({ segment }) => segment);
  const cut = Math.max(0, parts.length - keptBefore);
  return { head: parts.slice(0, cut).join(''), tail: parts.slice(cut).join('') + end };
}
