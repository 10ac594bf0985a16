import type { DataStore, Locker } from '@tus/server';
import { Hono, type Context } from 'hono';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import { Id } from '@parley/shared/protocol/ids.ts';
import { roleMay, type Permission } from '@parley/shared/protocol/permissions.ts';
import { networkOf, type CommandLimits } from '../commands/limits.ts';
import { toParleyError } from '../commands/run-command.ts';
import type { Actor } from '../live/session.ts';
import type { Gateway } from '../transports/gateway.ts';
import { problem } from '../transports/problem.ts';
import { actorOf, addressOf, socketOf } from '../transports/rest.ts';
import { sendFile, Transfers, type Opened, type Sent } from './send-file.ts';
import { answerUpload } from './uploads.ts';

/** What one person may send or fetch at a time, of all that the process does. */
const uploadsOfOne = 16;
const downloadsOfOne = 32;

/** Any page may ask, as it brings a token of its own: there is no cookie that would speak for somebody. */
const crossOrigin = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': [
    ...['Location', 'Upload-Offset', 'Upload-Length', 'Upload-Metadata', 'Parley-File'],
    ...['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Retry-After'],
    ...['Accept-Ranges', 'Content-Disposition', 'Content-Range', 'ETag'],
  ].join(', '),
};
const preflight = {
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': [
    ...['Authorization', 'Content-Type', 'Range', 'If-None-Match', 'If-Range', 'X-Requested-With'],
    ...['Tus-Resumable', 'Upload-Length', 'Upload-Offset', 'Upload-Metadata'],
    ...['Upload-Defer-Length'],
  ].join(', '),
  'access-control-max-age': '86400',
};

/** Whatever is in a file, a browser saves it: nothing of it is shown or carried out in the place of the server. */
const neverActive = {
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  // Who asks again is asked again who they are.
  'cache-control': 'private, no-cache',
};

export type FileSource = {
  gateway: Gateway;
  limits: CommandLimits;
  maxBytes: number;
  /** The uploads of who asks, as a request of tus may use them. */
  uploadsFor: (actor: Actor, asked: { method: string; metadata: string }) => DataStore & Locker;
  /** Makes the file complete whose bytes are all here; null while some are missing. */
  finish: (fileId: Id) => Promise<File | null>;
  /** The file, if the actor may have it. Throws `not_found`. */
  see: (actor: Actor, fileId: Id) => Promise<File>;
  /** Null where its bytes are not there. */
  open: (fileId: Id, what: 'whole' | 'thumbnail') => Promise<Opened | null>;
};

/**
 * Uploads by tus 1.0.0 at `/`, and what was uploaded: `GET /:fileId`, `/:fileId/thumbnail` and `/:fileId/info`. All
 * with `Authorization: Bearer`, each time checked anew.
 */
export function createFiles(source: FileSource): Hono {
  const { gateway, maxBytes, see } = source;
  const sending = new Transfers(undefined, uploadsOfOne);
  const fetching = new Transfers(undefined, downloadsOfOne);

  const upload = async (context: Context) => {
    const actor = await signedIn(source, context, 'messages.write');
    sending.begin(context, actor.userId);
    const metadata = context.req.header('upload-metadata') ?? '';
    return answerUpload({
      ...{ context, log: gateway.log },
      store: source.uploadsFor(actor, { method: context.req.method, metadata }),
      finish: async (fileId) => {
        // A long upload may outlast its session.
        await signedIn(source, context, 'messages.write');
        return source.finish(fileId);
      },
    });
  };
  const download = async (
    context: Context,
    what: 'whole' | 'thumbnail',
    sentOf: (file: File) => Sent,
  ) => {
    const actor = await signedIn(source, context, 'messages.read');
    fetching.begin(context, actor.userId);
    const file = await see(actor, idOf(context));
    const opened = await source.open(file.id, what);
    if (!opened) throw unknown();
    return sendFile(context, opened, sentOf(file));
  };

  const app = new Hono();
  app.use('*', async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(crossOrigin)) context.res.headers.set(name, value);
  });
  app.onError((error, context) => {
    const failure = toParleyError(error);
    if (failure.code === 'internal') gateway.log.error({ err: error }, 'a file failed');
    context.header('cache-control', 'no-store');
    return problem(context, failure.toBody());
  });

  app.options('*', (context) => {
    return context.body(null, 204, {
      ...preflight,
      ...{ 'tus-resumable': '1.0.0', 'tus-version': '1.0.0' },
      'tus-extension': 'creation,creation-with-upload,termination',
      'tus-max-size': String(maxBytes),
    });
  });
  app.post('/', upload);
  app.patch('/:fileId', upload);
  app.delete('/:fileId', upload);
  app.get('/:fileId', (context) => {
    // Hono asks here for HEAD too, which tus and downloads both have.
    const isTus =
      context.req.method === 'HEAD' && context.req.header('tus-resumable') !== undefined;
    if (isTus) return upload(context);
    return download(context, 'whole', ({ id, mediaType, name }) => sent(id, mediaType, name));
  });
  app.get('/:fileId/thumbnail', (context) =>
    download(context, 'thumbnail', ({ id, name }) =>
      sent(`${id}-thumbnail`, 'image/webp', `${name}.webp`),
    ),
  );
  app.get('/:fileId/info', async (context) => {
    const actor = await signedIn(source, context, 'messages.read');
    context.header('cache-control', 'no-store');
    return context.json(await see(actor, idOf(context)));
  });
  app.all('*', (context) =>
    problem(context, { code: 'not_found', message: 'There is nothing at this address.' }),
  );
  return app;
}

function unknown(): ParleyError {
  return new ParleyError('not_found', 'There is no such file.');
}

function sent(tag: string, mediaType: string, name: string): Sent {
  const type = mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType;
  const headers = { ...neverActive, 'content-type': type, 'content-disposition': savedAs(name) };
  return { tag: `"${tag}"`, headers };
}

/** RFC 6266: the name for those who read UTF-8, and one in ASCII for the others. */
export function savedAs(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The id in the address; what cannot be one is as unknown as any other. */
function idOf(context: Context): Id {
  const { success, data } = Id.safeParse(context.req.param('fileId'));
  if (success) return data;
  throw unknown();
}

/** Who asks, if they may. Throws `unauthenticated`, `rate_limited` or `forbidden`. */
async function signedIn(
  { gateway, limits }: FileSource,
  context: Context,
  permission: Permission,
): Promise<Actor> {
  const actor = await actorOf(gateway, context);
  if (!actor) {
    await limits.take({ address: networkOf(addressOf(gateway, context)) || 'unknown' });
    throw new ParleyError('unauthenticated', 'Sign in first.');
  }
  await limits.take({ sessionId: actor.sessionId });
  gateway.strangers.know(socketOf(context));
  if (roleMay(actor.role, permission)) return actor;
  throw new ParleyError('forbidden', 'Your role does not allow this.');
}
