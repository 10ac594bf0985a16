import { describe, expect, it } from 'vitest';
import { complete, triggerAt } from './completion.ts';

/** `|` marks the caret. */
function at(marked: string) {
  const caret = marked.indexOf('|');
  return triggerAt(marked.replace('|', ''), caret, caret);
}

describe('triggerAt', () => {
  it.each([
    ['@|', '@', ''],
    ['hello @am|', '@', 'am'],
    ['(@am|', '@', 'am'],
    ['@am|ara', '@', 'am'],
    ['#gen|', '#', 'gen'],
    ['line\n#東京|', '#', '東京'],
    ['so :ta|', ':', 'ta'],
    ['🎉:ta|', ':', 'ta'],
  ])('%s completes %s%s', (marked, kind, query) => {
    expect(at(marked)).toMatchObject({ kind, query });
  });

  it.each([
    'mail@am|',
    'at 10:30|',
    ':)|',
    ':t|',
    'no trigger|',
    '`@am|',
    '```\n@am|',
    'c#|',
    'https://x.y/#z|',
    '@am |',
  ])('%s completes nothing', (marked) => {
    expect(at(marked)).toBeNull();
  });

  it('completes again after code has ended', () => {
    expect(at('`code` @am|')).toMatchObject({ query: 'am' });
    expect(at('```\ncode\n```\n@am|')).toMatchObject({ query: 'am' });
  });

  it('completes nothing while text is selected', () => {
    expect(triggerAt('@amara', 1, 4)).toBeNull();
  });
});

describe('complete', () => {
  it('puts the completion and one space in place of what was typed', () => {
    const text = 'hi @am there';
    expect(complete(text, { kind: '@', query: 'am', from: 3, to: 6 }, '@amara')).toEqual({
      text: 'hi @amara there',
      caret: 10,
    });
    expect(complete('hi @am', { kind: '@', query: 'am', from: 3, to: 6 }, '@amara')).toEqual({
      text: 'hi @amara ',
      caret: 10,
    });
  });
});
