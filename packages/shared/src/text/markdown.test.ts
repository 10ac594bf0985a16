import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastestMs } from '../../test/fastest.ts';
import { isSafeLink, parseMarkdown, type Block, type Inline } from './markdown.ts';
import { findMentions } from './mentions.ts';

const paragraph = (...children: Inline[]): Block => ({ type: 'paragraph', children });
const text = (content: string): Inline => ({ type: 'text', text: content });

function everyNode(blocks: Block[]): (Block | Inline)[] {
  const all: (Block | Inline)[] = [];
  const visit = (node: Block | Inline) => {
    all.push(node);
    if ('children' in node) node.children.forEach(visit);
    if (node.type === 'list') node.items.flat().forEach(visit);
    if (node.type === 'table') [node.head, ...node.rows].flat(2).forEach(visit);
  };
  blocks.forEach(visit);
  return all;
}

describe('parseMarkdown', () => {
  it('reads what people write in a chat', () => {
    expect(parseMarkdown('**bold** _thin_ ~~gone~~ `code`')).toEqual([
      paragraph(
        { type: 'strong', children: [text('bold')] },
        text(' '),
        { type: 'emphasis', children: [text('thin')] },
        text(' '),
        { type: 'strike', children: [text('gone')] },
        text(' '),
        { type: 'code', text: 'code' },
      ),
    ]);
    expect(parseMarkdown('one\ntwo')).toEqual([
      paragraph(text('one'), { type: 'break' }, text('two')),
    ]);
    expect(parseMarkdown('```ts\nlet a = 1;\n```')).toEqual([
      { type: 'code', language: 'ts', text: 'let a = 1;' },
    ]);
    expect(parseMarkdown('> a\n\n3. b\n4. c')).toEqual([
      { type: 'quote', children: [paragraph(text('a'))] },
      {
        type: 'list',
        ordered: true,
        start: 3,
        items: [[paragraph(text('b'))], [paragraph(text('c'))]],
      },
    ]);
    expect(parseMarkdown('|a|b|\n|-|-|\n|1|2|')).toEqual([
      { type: 'table', head: [[text('a')], [text('b')]], rows: [[[text('1')], [text('2')]]] },
    ]);
  });

  it('leaves HTML as the text that it is', () => {
    expect(parseMarkdown('<script>alert(1)</script>')).toEqual([
      paragraph(text('<script>alert(1)</script>')),
    ]);
    expect(parseMarkdown('![x](https://example.com/x.png)')).toEqual([
      paragraph(text('!'), {
        type: 'link',
        href: 'https://example.com/x.png',
        children: [text('x')],
      }),
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'smb://host/share',
    'ms-msdt:/id',
    '//example.com',
    'parley://x',
  ])('makes no link of %s', (href) => {
    expect(isSafeLink(href)).toBe(false);
    const nodes = everyNode(parseMarkdown(`[a](${href}) <${href}> ${href}`));
    expect(nodes.filter(({ type }) => type === 'link')).toEqual([]);
  });

  it('links addresses that stand alone', () => {
    expect(parseMarkdown('see https://example.com/a_b?c=1.')).toEqual([
      paragraph(
        text('see '),
        {
          type: 'link',
          href: 'https://example.com/a_b?c=1',
          children: [text('https://example.com/a_b?c=1')],
        },
        text('.'),
      ),
    ]);
    expect(everyNode(parseMarkdown('readme.md')).some(({ type }) => type === 'link')).toBe(false);
  });

  it.each([
    ['10,000 nested quotes', '>'.repeat(10_000) + 'x'],
    ['10,000 spaced quotes', '> '.repeat(8_000) + 'x'],
    ['16,000 stars', '*'.repeat(16_000)],
    ['16,000 brackets', '['.repeat(16_000)],
    ['links within links', '[a]('.repeat(4_000)],
    ['backticks', '`'.repeat(16_000)],
    ['mixed emphasis', '*_~~'.repeat(4_000)],
    ['deep lists', Array.from({ length: 170 }, (_, n) => `${' '.repeat(n)}- x`).join('\n')],
    ['at signs', '@'.repeat(16_000)],
    ['mentions', '@ab '.repeat(4_000)],
    ['colons', 'http://'.repeat(2_200)],
    ['table', '|'.repeat(8_000) + '\n' + '|-'.repeat(4_000)],
  ])('takes less than 100 ms for %s and nests no deeper than it may', (_name, hostile) => {
    const blocks = parseMarkdown(hostile);
    expect(fastestMs(() => parseMarkdown(hostile), 5)).toBeLessThan(100);
    const depth = (list: Block[]): number =>
      Math.max(
        0,
        ...list.map((block) => {
          if (block.type === 'quote') return 1 + depth(block.children);
          if (block.type === 'list') return 1 + depth(block.items.flat());
          return 0;
        }),
      );
    expect(depth(blocks)).toBeLessThanOrEqual(26);
  });

  it.each([
    ['strong within strong', '**'.repeat(3_900) + 'x' + '**'.repeat(3_900)],
    ['emphasis opened and never closed in order', '*a '.repeat(2_600) + 'x' + 'a*'.repeat(2_600)],
    ['strike within strike', '~~a '.repeat(1_900) + 'x' + 'a~~'.repeat(1_900)],
    ['all marks', '**a *b ~~c '.repeat(700) + 'x' + 'c~~b*a**'.repeat(700)],
  ])('shows %s flat beyond a few levels', (_name, hostile) => {
    const depth = (node: Block | Inline): number =>
      'children' in node ? 1 + Math.max(0, ...node.children.map(depth)) : 0;
    expect(Math.max(...parseMarkdown(hostile).map(depth))).toBeLessThanOrEqual(10);
  });

  it.each([
    ['lines', 'a\n'.repeat(8_000)],
    ['list items', '- a\n'.repeat(4_000)],
    ['table cells', `|${'a|'.repeat(4_000)}\n|${'-|'.repeat(4_000)}`],
    ['marks', '*a*'.repeat(5_300)],
    ['mentions', '@a '.repeat(5_300)],
  ])('shows a flood of %s as it was written', (_name, flood) => {
    expect(parseMarkdown(flood)).toEqual([{ type: 'code', language: '', text: flood }]);
  });

  it('never throws, never invents a scheme, and keeps what it is given bounded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (any) => {
        const nodes = everyNode(parseMarkdown(any));
        expect(nodes.length).toBeLessThanOrEqual(any.length * 3 + 3);
        for (const node of nodes)
          if (node.type === 'link') expect(isSafeLink(node.href)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('findMentions', () => {
  it('finds people, everybody and those who are here', () => {
    expect(findMentions('hi @Ada, **@bob.c** and (@here) @channel!')).toEqual({
      usernames: ['ada', 'bob.c'],
      channel: true,
      here: true,
    });
  });

  it.each([
    '`@ada`',
    '```\n@ada\n```',
    'mail ada@example.com',
    '[@ada](https://example.com)',
    'a@ada',
  ])('finds nobody in %s', (quiet) => {
    expect(findMentions(quiet)).toEqual({ usernames: [], channel: false, here: false });
  });

  it('tells at most a hundred people', () => {
    const crowd = Array.from({ length: 500 }, (_, n) => `@person${n}`).join(' ');
    expect(findMentions(crowd).usernames.length).toBe(100);
  });
});
