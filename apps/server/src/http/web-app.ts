import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { Hono } from 'hono';

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** What the page may do. `host` is where the browser found it: not every browser counts WebSockets to it as 'self'. */
function contentSecurityPolicy(host: string | undefined): string {
  const isPlain = host !== undefined && /^[\w.:[\]-]+$/.test(host);
  const sockets = isPlain ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Positions of floating elements and heights of virtual lists are set on the elements themselves.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const assets = '/assets/';

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Parley</title>
<p>The web app has not been built. Run <code>npm run build</code>, then load this page again.</p>`;

/** Serves the built renderer from `folder` as the web app, at `/`. Paths with a file extension must exist. */
export function createWebApp(folder: string): Hono {
  const app = new Hono();
  app.get('*', async (context) => {
    context.header('content-security-policy', contentSecurityPolicy(context.req.header('host')));
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
    context.header('cross-origin-opener-policy', 'same-origin');
    const path = fileFor(folder, context.req.path);
    if (path === null) return context.text('Not found', 404);
    const isAsset = context.req.path.startsWith(assets);
    const bytes = await readFile(path).catch(() => null);
    if (bytes === null) {
      if (isAsset || extname(path) !== '.html') return context.text('Not found', 404);
      return context.html(notBuilt, 503);
    }
    // The names of assets carry a hash of their content; the page that names them must always be fresh.
    const caching = isAsset ? 'public, max-age=31536000, immutable' : 'no-cache';
    const { mtimeMs } = await stat(path);
    const tag = `"${bytes.length.toString(16)}-${Math.round(mtimeMs).toString(16)}"`;
    context.header('cache-control', caching);
    context.header('etag', tag);
    if (context.req.header('if-none-match') === tag) return context.body(null, 304);
    const type = mediaTypes[extname(path)] ?? 'application/octet-stream';
    return context.body(new Uint8Array(bytes), 200, { 'content-type': type });
  });
  return app;
}

/** The file that a path asks for; null when it is not below the folder. A path without extension is a page. */
function fileFor(folder: string, urlPath: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  const path = normalize(join(folder, decoded));
  if (decoded.includes('\0') || (path !== folder && !path.startsWith(folder + sep))) return null;
  if (extname(path) !== '') return path;
  // The page must never be found among what browsers keep for good.
  return decoded.startsWith(assets) ? null : join(folder, 'index.html');
}
