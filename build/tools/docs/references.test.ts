import { expect, test } from 'vitest';

import { brokenReferences } from './references.ts';

const files = new Map(
  Object.entries({
    'README.md': '# Parley\n',
    'apps/server/README.md': '# Server\n\n## How it starts\n',
    'apps/server/src/log/append.ts': '',
    'apps/server/src/features/messages/rules.ts': '',
    'build/tools/start.ts': '',
  }).map(([path, text]) => [path, () => text] as const),
);

function broken(document: string, text: string): string[] {
  return brokenReferences(document, text, files).map(({ reference }) => reference);
}

test.each([
  '`apps/server/src/log/append.ts`',
  '`apps/server/src/log/`',
  '`src/log/append.ts`',
  '`append.ts`',
  '`*.ts` and `.svelte.ts`',
  '`src/features/<feature>/rules.ts`',
  '`apps/*/src/`',
  '`src/log/append.ts:12`',
  '[the server](../../README.md#parley)',
  '[here](#how-it-starts)\n## How it starts',
  '[elsewhere](https://example.com/missing.md)',
  '`dist/main.js`, `.parley/`, `node_modules/x.js`',
  '`text/plain`, `GET /healthz`, `/api/v1/ws`, `message.post`, `@parley/shared/x.ts`, `npm run x`',
  '```\nsrc/gone.ts `src/gone.ts`\n```',
])('holds: %s', (text) => {
  expect(broken('apps/server/README.md', text)).toEqual([]);
});

test.each([
  ['`src/log/gone.ts`', 'src/log/gone.ts'],
  ['`apps/server/src/gone`', 'apps/server/src/gone'],
  ['`gone/`', 'gone/'],
  ['`gone.ts`', 'gone.ts'],
  ['`*.svelte`', '*.svelte'],
  ['`src/features/<feature>/gone.ts`', 'src/features/<feature>/gone.ts'],
  ['[x](gone.md)', 'gone.md'],
  ['![x](gone.png)', 'gone.png'],
  ['[x](../../README.md#gone)', '../../README.md#gone'],
])('is broken: %s', (text, reference) => {
  expect(broken('apps/server/README.md', text)).toEqual([reference]);
});

test('tells the line', () => {
  expect(brokenReferences('README.md', '\n\nsee `gone.ts`', files)).toEqual([
    { document: 'README.md', line: 3, reference: 'gone.ts' },
  ]);
});
