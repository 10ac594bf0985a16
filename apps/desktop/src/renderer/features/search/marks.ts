import { fold } from '@parley/shared/text/fold.ts';
import { hitsIn, matches, type SearchQuery } from '@parley/shared/text/search-query.ts';

/** What the marks are called in style sheets: every hit, and those of the message that the person is at. */
const markNames = { all: 'find', current: 'find-current' } as const;

/** The element of a row that holds what somebody wrote, and the row itself. */
const bodies = '[data-key] [data-words]';
/** Between two of these there is a space, though none is written. */
const blocks = 'p, li, pre, th, td, blockquote, h1, h2, h3, h4, h5, h6';

/**
 * Marks what is looked for in the messages below an element, also in those that come into view later. Nothing in the page
 * is changed: the marks are the browser's own. Returns what takes them away.
 */
export function markHits(
  root: HTMLElement,
  query: SearchQuery,
  currentKey: string | null,
): () => void {
  // Browsers before 2025 may have no such marks; the message that one is at is led to all the same.
  if (!('highlights' in CSS)) return () => undefined;
  const marks = CSS.highlights;
  let frame = 0;
  const paint = () => {
    const all = new Highlight();
    const current = new Highlight();
    current.priority = 1;
    for (const body of root.querySelectorAll<HTMLElement>(bodies)) {
      const isCurrent = body.closest<HTMLElement>('[data-key]')?.dataset.key === currentKey;
      for (const range of rangesIn(body, query)) (isCurrent ? current : all).add(range);
    }
    marks.set(markNames.all, all);
    marks.set(markNames.current, current);
  };
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(paint);
  });
  observer.observe(root, { childList: true, subtree: true, characterData: true });
  paint();
  return () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    for (const name of Object.values(markNames)) marks.delete(name);
  };
}

type Piece = { node: Text; from: number };

function rangesIn(body: HTMLElement, query: SearchQuery): Range[] {
  const pieces: Piece[] = [];
  let text = '';
  let block: Element | null = null;
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node instanceof Text; node = walker.nextNode()) {
    const own: Element | null = node.parentElement?.closest(blocks) ?? null;
    if (text !== '' && own !== block) text += ' ';
    block = own;
    pieces.push({ node, from: text.length });
    text += node.data;
  }
  if (!matches(query, fold(text))) return [];
  return hitsIn(query, text).flatMap(([from, to]) => {
    const first = pieces.findLast((piece) => piece.from <= from);
    const last = pieces.findLast((piece) => piece.from < to);
    if (!first || !last) return [];
    const range = new Range();
    range.setStart(first.node, Math.min(from - first.from, first.node.length));
    range.setEnd(last.node, Math.min(to - last.from, last.node.length));
    return [range];
  });
}
