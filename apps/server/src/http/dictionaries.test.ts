import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDictionaries } from './dictionaries.ts';

let root: string;
let app: ReturnType<typeof createDictionaries>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parley-dictionaries-'));
  const folder = join(root, 'dictionaries');
  await mkdir(join(folder, 'nl-NL.bdic'), { recursive: true });
  await writeFile(join(root, 'pl-PL.bdic'), 'BDic elsewhere');
  for (const [name, content] of [
    ['de_DE.bdic', 'BDic German of any version'],
    ['en-GB-9-0.bdic', 'BDic British 9'],
    ['en-GB-10-1.bdic', 'BDic British 10'],
    ['fr-FR-3-0.bdic', 'no dictionary'],
    ['it-IT.dic', 'BDic'],
  ] as const) {
    await writeFile(join(folder, name), content);
  }
  app = createDictionaries(folder);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it.each([
  ['/de-de-3-0.bdic', 'BDic German of any version'],
  ['/de-DE-3-0.bdic', 'BDic German of any version'],
  ['/en-gb-10-1.bdic', 'BDic British 10'],
  ['/en-gb-9-0.bdic', 'BDic British 9'],
])('serves %s', async (path, content) => {
  const response = await app.request(path);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(content);
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

it.each([
  '/es-es-3-0.bdic',
  '/fr-fr-3-0.bdic',
  '/nl-nl-3-0.bdic',
  '/it-it.dic',
  '/..%2fpl-PL.bdic',
  '/%2e%2e%2fpl-pl-3-0.bdic',
  '/.bdic',
  '/%00de-de-3-0.bdic',
])('serves nothing for %s', async (path) => {
  expect((await app.request(path)).status).toBe(404);
});

it('has no dictionaries where there is no folder', async () => {
  const none = createDictionaries(join(root, 'missing'));
  expect((await none.request('/de-de-3-0.bdic')).status).toBe(404);
});
