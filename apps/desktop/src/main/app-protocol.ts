import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import type { Protocol } from 'electron';

const scheme = 'app';
/** Where the renderer lives: an origin of its own, which no server can be. */
export const rendererOrigin = `${scheme}://parley`;

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Positions of floating elements and heights of virtual lists are set on the elements themselves.
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  // The company's server may be anywhere; nothing that it sends is ever run. What may be asked of whom, main decides:
  // see page-requests.ts.
  "connect-src 'self' ws: wss: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Makes the scheme known; has to be called before the app is ready. */
export function announceScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme, privileges }]);
}

/** The file below the folder that a URL of the scheme asks for; null when it is not below it. */
export function fileFor(folder: string, url: string): string | null {
  const { host, pathname } = new URL(url);
  if (host !== 'parley') return null;
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  const path = normalize(join(folder, decoded));
  if (decoded.includes('\0') || (path !== folder && !path.startsWith(folder + sep))) return null;
  return extname(path) === '' ? join(folder, 'index.html') : path;
}

/** Serves the bundled renderer; nothing else is to be had from the scheme. */
export function serveRenderer(protocol: Pick<Protocol, 'handle'>, folder: string): void {
  protocol.handle(scheme, async (request) => {
    const path = fileFor(folder, request.url);
    const bytes = path === null ? null : await readFile(path).catch(() => null);
    if (path === null || bytes === null) return respond('Not found', 404, 'text/plain');
    const mediaType = mediaTypes[extname(path)] ?? 'application/octet-stream';
    return respond(new Uint8Array(bytes), 200, mediaType);
  });
}

/** The part of Electron's WebRequest that is used. */
type CompletedRequests = {
  onCompleted(
    filter: { urls: string[] },
    listener: ((details: { url: string }) => void) | null,
  ): void;
};

/**
 * Resolves when the page has the whole of its first script and its styles, without which it runs none. To have been
 * answered is not enough: this process hands a file over piece by piece, as fast as the page takes it.
 */
export function firstFilesArrived(webRequest: CompletedRequests): Promise<void> {
  const awaited = new Set(['.js', '.css']);
  const filter = { urls: [`${rendererOrigin}/*`] };
  return new Promise((resolve) => {
    webRequest.onCompleted(filter, ({ url }) => {
      awaited.delete(extname(new URL(url).pathname));
      if (awaited.size > 0) return;
      webRequest.onCompleted(filter, null);
      resolve();
    });
  });
}

/** Whatever is answered is under the policy: a page that is missing has the origin, too. */
function respond(body: BodyInit, status: number, mediaType: string): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': mediaType,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  });
}
