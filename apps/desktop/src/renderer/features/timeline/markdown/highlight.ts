import type { HLJSApi, LanguageFn } from 'highlight.js';

/** A piece of code and what kind of word it is; `kind` is null for plain text. */
export type Piece = { text: string; kind: string | null };

type LanguageModule = Promise<{ default: LanguageFn }>;

const loaders: Record<string, () => LanguageModule> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  go: () => import('highlight.js/lib/languages/go'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  python: () => import('highlight.js/lib/languages/python'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

const aliases: Record<string, string> = {
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  c: 'cpp',
  'c++': 'cpp',
  h: 'cpp',
  cs: 'csharp',
  'c#': 'csharp',
  patch: 'diff',
  golang: 'go',
  js: 'javascript',
  jsx: 'javascript',
  mjs: 'javascript',
  py: 'python',
  rs: 'rust',
  ts: 'typescript',
  tsx: 'typescript',
  html: 'xml',
  svg: 'xml',
  svelte: 'xml',
  yml: 'yaml',
};

const shownNames: Record<string, string> = {
  bash: 'Shell',
  cpp: 'C / C++',
  csharp: 'C#',
  css: 'CSS',
  javascript: 'JavaScript',
  json: 'JSON',
  sql: 'SQL',
  typescript: 'TypeScript',
  xml: 'HTML / XML',
  yaml: 'YAML',
};

/** The language that a fence names, as highlighting knows it; null when it does not. */
export function languageOf(fence: string): string | null {
  const name = fence.toLowerCase();
  const known = aliases[name] ?? name;
  return Object.hasOwn(loaders, known) ? known : null;
}

/** What to call the language of a fence. */
export function languageLabel(fence: string): string {
  const known = languageOf(fence);
  if (known === null) return fence.slice(0, 20);
  return shownNames[known] ?? known.charAt(0).toUpperCase() + known.slice(1);
}

let core: Promise<HLJSApi> | null = null;

async function load(language: string): Promise<HLJSApi> {
  core ??= import('highlight.js/lib/core').then((module) => module.default);
  const highlighter = await core;
  const loader = loaders[language];
  if (loader && !highlighter.getLanguage(language)) {
    highlighter.registerLanguage(language, (await loader()).default);
  }
  return highlighter;
}

/** Colours code, lazily loading what is needed. One plain piece when the language is not known. */
export async function highlight(code: string, fence: string): Promise<Piece[]> {
  const language = languageOf(fence);
  if (language === null) return [{ text: code, kind: null }];
  const highlighter = await load(language);
  return piecesOf(highlighter.highlight(code, { language, ignoreIllegals: true }).value);
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
};

/**
 * Reads the highlighter's markup as data, so that no markup ever reaches the page: spans become kinds, the rest
 * is text. The innermost span decides.
 */
export function piecesOf(markup: string): Piece[] {
  const pieces: Piece[] = [];
  const open: string[] = [];
  for (const [, kind, closing, text] of markup.matchAll(
    /<span class="hljs-([\w-]+)[^"]*">|(<\/span>)|((?:[^<]|<(?!\/?span))+)/g,
  )) {
    if (kind !== undefined) open.push(kind);
    else if (closing !== undefined) open.pop();
    else if (text !== undefined) {
      const plain = text.replace(
        /&(?:amp|lt|gt|quot|#x27);/g,
        (entity) => entities[entity] ?? entity,
      );
      pieces.push({ text: plain, kind: open.at(-1) ?? null });
    }
  }
  return pieces;
}
