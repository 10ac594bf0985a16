/** Fails when a Markdown file of the repository names a path that does not exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { brokenReferences } from './docs/references.ts';

const root = resolve(import.meta.dirname, '../..');
const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const paths = listed.split('\0').filter((path) => path !== '' && existsSync(resolve(root, path)));
const files = new Map(
  paths.map((path) => [path, (): string => readFileSync(resolve(root, path), 'utf8')] as const),
);

const broken = paths
  .filter((path) => path.endsWith('.md'))
  .flatMap((path) => brokenReferences(path, files.get(path)?.() ?? '', files));
for (const { document, line, reference } of broken) {
  console.error(`${document}:${line}: ${reference} does not exist`);
}
process.exitCode = broken.length === 0 ? 0 : 1;
