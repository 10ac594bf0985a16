/** What is being completed at the caret: who, where, or which emoji. */
export type Trigger = { kind: '@' | '#' | ':'; query: string; from: number; to: number };

const patterns: Record<Trigger['kind'], RegExp> = {
  '@': /(?:^|[\s([{"'*_~>])@([\p{L}\p{N}._-]{0,40})$/u,
  '#': /(?:^|[\s([{"'*_~>])#([\p{L}\p{M}\p{N}_-]{0,80})$/u,
  // An emoji needs two letters, so that `:)` and times stay what they are.
  ':': /(?:^|[\s([{"'*_~>]|\p{Emoji_Presentation}):([a-z0-9_+-]{2,40})$/iu,
};

/**
 * What the person is about to write at the caret, if it can be completed. Nothing while text is selected, and
 * nothing inside code, where `@` and `#` mean nothing.
 */
export function triggerAt(
  text: string,
  selectionStart: number,
  selectionEnd: number,
): Trigger | null {
  if (selectionStart !== selectionEnd) return null;
  const before = text.slice(Math.max(0, selectionStart - 100), selectionStart);
  for (const kind of ['@', '#', ':'] as const) {
    const query = patterns[kind].exec(before)?.[1];
    if (query === undefined || isInCode(text, selectionStart)) continue;
    return { kind, query, from: selectionStart - query.length - 1, to: selectionStart };
  }
  return null;
}

/** Whether a place is inside a fence or between two single backticks that began on its line. */
function isInCode(text: string, at: number): boolean {
  const before = text.slice(0, at);
  const fences = before.match(/^[ \t]*```/gm)?.length ?? 0;
  if (fences % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** The text with the completion in place, and where the caret goes: after it and a space. */
export function complete(
  text: string,
  trigger: Trigger,
  insert: string,
): { text: string; caret: number } {
  const after = text.slice(trigger.to);
  const space = /^\s/.test(after) ? '' : ' ';
  const head = text.slice(0, trigger.from) + insert + space;
  return { text: head + after, caret: head.length + (space === '' ? 1 : 0) };
}
