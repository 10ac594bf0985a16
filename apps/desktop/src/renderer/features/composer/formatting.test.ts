import { describe, expect, it } from 'vitest';
import {
  breakLine,
  makeCodeBlock,
  makeLink,
  toggleLines,
  toggleMark,
  type Selected,
} from './formatting.ts';

/** `[` and `]` mark the selection, `|` a caret. */
function read(marked: string): Selected {
  const caret = marked.indexOf('|');
  if (caret >= 0) return { text: marked.replace('|', ''), start: caret, end: caret };
  const start = marked.indexOf('[');
  return { text: marked.replace('[', '').replace(']', ''), start, end: marked.indexOf(']') - 1 };
}

function show({ text, start, end }: Selected): string {
  if (start === end) return `${text.slice(0, start)}|${text.slice(start)}`;
  return `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`;
}

describe('toggleMark', () => {
  it.each([
    ['a [word] b', 'a **[word]** b'],
    ['a **[word]** b', 'a [word] b'],
    ['a [**word**] b', 'a [word] b'],
    ['|', '**|**'],
  ])('%s becomes %s', (before, after) => {
    expect(show(toggleMark(read(before), '**'))).toBe(after);
  });
});

describe('toggleLines', () => {
  it.each([
    ['one\n[two\nthree]\nfour', 'one\n- [two\n- three]\nfour'],
    ['one\n- [two\n- three]\nfour', 'one\n[two\nthree]\nfour'],
    ['wo|rd', '- wo|rd'],
  ])('%j becomes %j', (before, after) => {
    expect(show(toggleLines(read(before), '- '))).toBe(after);
  });
});

describe('blocks and links', () => {
  it('puts code on lines of its own', () => {
    expect(show(makeCodeBlock(read('see [let a] ok')))).toBe('see \n```\n[let a]\n```\n ok');
    expect(show(makeCodeBlock(read('|')))).toBe('```\n|\n```');
  });

  it('selects the address of a link, or waits for its words', () => {
    expect(makeLink(read('[here]'))).toEqual({ text: '[here](https://)', start: 7, end: 15 });
    expect(makeLink(read('|'))).toEqual({ text: '[](https://)', start: 1, end: 1 });
  });
});

describe('breakLine', () => {
  it.each([
    ['- one|', '- one\n- |'],
    ['  * one|two', '  * one\n  * |two'],
    ['9. nine|', '9. nine\n10. |'],
    ['- one\n- |', '- one\n|'],
  ])('%j goes on as %j', (before, after) => {
    const next = breakLine(read(before));
    expect(next && show(next)).toBe(after);
  });

  it('leaves other lines alone', () => {
    expect(breakLine(read('plain|'))).toBeNull();
    expect(breakLine(read('-no list|'))).toBeNull();
  });
});
