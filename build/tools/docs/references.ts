import { posix } from 'node:path';

import { globToRegExp } from '../lint/glob.ts';

/** A path that a document names and that the repository does not have. */
export type Broken = {
  readonly document: string;
  readonly line: number;
  readonly reference: string;
};

/** What one document names: in backticks, or as the target of a link or an image. */
type Reference = { readonly line: number; readonly text: string; readonly kind: 'code' | 'link' };

const fileEnding = /\.(ts|js|mjs|cjs|json|md|svelte|css|html|ya?ml|toml|png|svg|sql|sh|lock)$/;
/** Made by building or running, never in the repository. */
const generated = /(^|\/)(dist|release|node_modules|coverage|test-results|\.parley|\.turbo)(\/|$)/;
const external = /^([a-z][a-z+.-]*:|\/\/)/i;

/**
 * The broken references of one document.
 *
 * @param document its path from the repository's root
 * @param files all files of the repository, from its root, with forward slashes
 */
export function brokenReferences(
  document: string,
  text: string,
  files: ReadonlyMap<string, () => string>,
): Broken[] {
  const tree = new Set<string>();
  for (const file of files.keys()) {
    for (let path = file; path !== '.'; path = posix.dirname(path)) tree.add(path);
  }
  return references(text)
    .filter(({ text: reference, kind }) =>
      kind === 'link'
        ? !linkHolds(document, text, reference, tree, files)
        : !codeHolds(document, reference, tree),
    )
    .map(({ line, text: reference }) => ({ document, line, reference }));
}

function references(text: string): Reference[] {
  const found: Reference[] = [];
  let fenced = false;
  for (const [index, content] of text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(content)) fenced = !fenced;
    if (fenced) continue;
    const line = index + 1;
    const code = /`([^`]+)`/g;
    for (const [, inner] of content.matchAll(code)) {
      if (inner !== undefined) found.push({ line, text: inner, kind: 'code' });
    }
    for (const [, target] of content.replace(code, '').matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)) {
      if (target !== undefined) found.push({ line, text: target, kind: 'link' });
    }
  }
  return found;
}

function linkHolds(
  document: string,
  text: string,
  target: string,
  tree: ReadonlySet<string>,
  files: ReadonlyMap<string, () => string>,
): boolean {
  if (external.test(target)) return true;
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? document : from(posix.dirname(document), path);
  if (!tree.has(file)) return false;
  if (anchor === undefined) return true;
  const content = file === document ? text : (files.get(file)?.() ?? '');
  return !file.endsWith('.md') || headingAnchors(content).has(anchor);
}

/** GitHub's anchors: lower case, spaces to hyphens, punctuation dropped. */
function headingAnchors(text: string): Set<string> {
  const headings = text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  return new Set(
    Array.from(headings, ([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function codeHolds(document: string, code: string, tree: ReadonlySet<string>): boolean {
  const path = code.replace(/:\d+(-\d+)?$/, '').replace(/\/$/, '');
  const folders = [posix.dirname(document), '.'];
  const isEnding = /^(\.\w+)+$/.test(path) && fileEnding.test(path);
  if (!/^[\w.@<>{},*/-]+$/.test(path) || path.startsWith('/') || path.startsWith('@')) return true;
  if (isEnding) return true;
  if (generated.test(path)) return true;
  const first = path.split('/')[0] ?? '';
  const isPath =
    fileEnding.test(path) ||
    code.endsWith('/') ||
    (path.includes('/') && folders.some((folder) => tree.has(from(folder, first))));
  if (!isPath) return true;
  const pattern = path.replace(/<[^>]*>/g, '*');
  // A bare file name may stand for a file that the text around it places.
  const globs = path.includes('/')
    ? folders.map((folder) => globToRegExp(from(folder, pattern)))
    : [globToRegExp(`**/${pattern}`)];
  return [...tree].some((entry) => globs.some((glob) => glob.test(entry)));
}

function from(folder: string, path: string): string {
  return posix.normalize(posix.join(folder, path)).replace(/\/$/, '');
}
