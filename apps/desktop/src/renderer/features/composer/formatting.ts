/** A text with a selection, as a text field has it. */
export type Selected = { text: string; start: number; end: number };

/** Puts marks around the selection, or takes them away where they are. */
export function toggleMark({ text, start, end }: Selected, mark: string): Selected {
  const inner = text.slice(start, end);
  const before = text.slice(0, start);
  const after = text.slice(end);
  if (before.endsWith(mark) && after.startsWith(mark)) {
    return {
      text: before.slice(0, -mark.length) + inner + after.slice(mark.length),
      start: start - mark.length,
      end: end - mark.length,
    };
  }
  if (inner.length > 2 * mark.length && inner.startsWith(mark) && inner.endsWith(mark)) {
    const bare = inner.slice(mark.length, -mark.length);
    return { text: before + bare + after, start, end: start + bare.length };
  }
  return {
    text: before + mark + inner + mark + after,
    start: start + mark.length,
    end: end + mark.length,
  };
}

/** Puts a prefix in front of each selected line, or takes it away when all of them have it. */
export function toggleLines({ text, start, end }: Selected, prefix: string): Selected {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const to = !text.includes('\n', end) ? text.length : text.indexOf('\n', end);
  const lines = text.slice(from, to).split('\n');
  const all = lines.every((line) => line.startsWith(prefix));
  const next = lines.map((line) => (all ? line.slice(prefix.length) : prefix + line)).join('\n');
  const first = all ? -prefix.length : prefix.length;
  return {
    text: text.slice(0, from) + next + text.slice(to),
    start: Math.max(from, start + first),
    end: end + next.length - (to - from),
  };
}

/** Makes the selection a block of code on lines of its own. */
export function makeCodeBlock({ text, start, end }: Selected): Selected {
  const before = text.slice(0, start);
  const open = before === '' || before.endsWith('\n') ? '```\n' : '\n```\n';
  const after = text.slice(end);
  const close = after === '' || after.startsWith('\n') ? '\n```' : '\n```\n';
  const from = start + open.length;
  return {
    text: before + open + text.slice(start, end) + close + after,
    start: from,
    end: from + (end - start),
  };
}

/** Makes the selection a link; the caret is where the address goes. */
export function makeLink({ text, start, end }: Selected): Selected {
  const label = text.slice(start, end);
  const address = start + label.length + 3;
  return {
    text: `${text.slice(0, start)}[${label}](https://)${text.slice(end)}`,
    start: label === '' ? start + 1 : address,
    end: label === '' ? start + 1 : address + 8,
  };
}

const listLine = /^([ \t]*)(?:([-*+])|(\d{1,6})([.)]))[ \t]+(.*)$/;

/**
 * A line break within a list goes on with the list, and ends it on an empty item. Null: the place is in no list
 * and the break is a plain one.
 */
export function breakLine({ text, start, end }: Selected): Selected | null {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const match = listLine.exec(text.slice(from, start));
  if (!match) return null;
  const [, indent = '', bullet, count, dot = '.', content = ''] = match;
  if (content.trim() === '') {
    return { text: text.slice(0, from) + text.slice(end), start: from, end: from };
  }
  const sign = bullet ?? `${Number(count) + 1}${dot}`;
  const inserted = `\n${indent}${sign} `;
  const caret = start + inserted.length;
  return { text: text.slice(0, start) + inserted + text.slice(end), start: caret, end: caret };
}
