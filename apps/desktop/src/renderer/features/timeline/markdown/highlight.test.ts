import { expect, it } from 'vitest';
import { highlight, languageLabel, languageOf, piecesOf } from './highlight.ts';

it('knows languages by the names that people give them', () => {
  expect(languageOf('TS')).toBe('typescript');
  expect(languageOf('sh')).toBe('bash');
  expect(languageOf('brainfuck')).toBeNull();
  expect(languageOf('constructor')).toBeNull();
  expect(languageLabel('py')).toBe('Python');
  expect(languageLabel('mermaid')).toBe('mermaid');
});

it('colours words and keeps every character', async () => {
  const code = 'const a: string = "<b>&amp;</b>"; // it\'s';
  const pieces = await highlight(code, 'ts');
  expect(pieces.map(({ text }) => text).join('')).toBe(code);
  expect(pieces.find(({ text }) => text === 'const')?.kind).toBe('keyword');
  expect(pieces.some(({ kind }) => kind === 'comment')).toBe(true);
});

it('leaves unknown languages plain', async () => {
  expect(await highlight('<script>', 'nothing')).toEqual([{ text: '<script>', kind: null }]);
});

it('takes markup only as data', () => {
  expect(piecesOf('a &lt;img&gt; <span class="hljs-string">&quot;x&quot;</span>')).toEqual([
    { text: 'a <img> ', kind: null },
    { text: '"x"', kind: 'string' },
  ]);
});
