import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Hono } from 'hono';

/** What a dictionary's file begins with, in the format of Chromium. */
const signature = 'BDic';
/** Larger ones are no dictionaries: the largest of Chromium's own has seven megabytes. */
const maxBytes = 32 * 2 ** 20;

/**
 * Serves the dictionaries that an administrator has put into a folder, for spell-checking in the desktop app. It asks for
 * `de-de-3-0.bdic`: the language, and a version that depends on the app's. A file of that version goes before another of
 * the language, whatever the case of its letters and however the parts are joined: `de_DE.bdic` will do.
 */
export function createDictionaries(folder: string): Hono {
  const app = new Hono();
  app.get('/:file', async (context) => {
    context.header('x-content-type-options', 'nosniff');
    const asked = nameOf(context.req.param('file'));
    const bytes = asked && (await find(folder, asked));
    if (!bytes) return context.text('There is no dictionary of this name.', 404);
    context.header('cache-control', 'public, max-age=86400');
    return context.body(bytes, 200, { 'content-type': 'application/octet-stream' });
  });
  return app;
}

type Name = { language: string; version: string };

/** The parts of a file's name; null when it is no dictionary's. */
function nameOf(file: string): Name | null {
  const [, language, version = ''] =
    /^([a-z]{2,3}(?:[-_][a-z0-9]{2,10}){0,2}?)((?:-\d{1,3}){0,2})\.bdic$/i.exec(file) ?? [];
  if (language === undefined) return null;
  return { language: language.toLowerCase().replaceAll('_', '-'), version };
}

async function find(folder: string, asked: Name): Promise<Uint8Array<ArrayBuffer> | null> {
  // A folder that nobody has made has no dictionaries.
  const files = await readdir(folder).catch(() => []);
  const fitting = files
    .map((file) => ({ file, name: nameOf(file) }))
    .filter(({ name }) => name?.language === asked.language)
    .toSorted((a, b) => Number(isVersion(b.name, asked)) - Number(isVersion(a.name, asked)));
  for (const { file } of fitting) {
    const path = join(folder, file);
    const about = await stat(path).catch(() => null);
    if (!about?.isFile() || about.size > maxBytes) continue;
    const bytes = await readFile(path);
    if (bytes.toString('latin1', 0, signature.length) === signature) return new Uint8Array(bytes);
  }
  return null;
}

function isVersion(name: Name | null, asked: Name): boolean {
  return name?.version === asked.version;
}
