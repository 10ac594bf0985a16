import type { FileHandle } from 'node:fs/promises';
import { finished, Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import { invalidInput, ParleyError } from '@parley/shared/protocol/errors.ts';
import { Id } from '@parley/shared/protocol/ids.ts';
import {
  Sha512,
  UpdateArch,
  UpdateChannel,
  UpdateFileName,
  UpdatePlatform,
  type UpdateOffer,
} from '@parley/shared/updates/manifest.ts';
import type { Installed } from '@parley/shared/updates/verify.ts';
import { Version } from '@parley/shared/updates/version.ts';
import { networkOf, type CommandLimits } from '../commands/limits.ts';
import { toParleyError } from '../commands/run-command.ts';
import { problem } from '../transports/problem.ts';
import type { Proxies } from '../transports/proxies.ts';
import { addressOf } from '../transports/rest.ts';
import { byteRangeOf, type ByteRange } from './byte-range.ts';

const Question = z.object({
  channel: UpdateChannel,
  platform: UpdatePlatform,
  arch: UpdateArch,
  version: Version,
  installation: Id,
  /** A version that this installation took back, as it did not reach its first screen. */
  failed: Version.optional(),
});
const FileAddress = z.object({ sha512: Sha512, name: UpdateFileName });

/** Files that are sent at a time: each holds a descriptor and a few pieces of the file in memory. */
const maxDownloadsAtOnce = 200;

/** A file that is closed by whoever gets it; `size` in bytes. */
type Opened = { handle: FileHandle; size: number };

/** Where the answers come from. */
export type UpdateSource = {
  limits: CommandLimits;
  proxies: Proxies;
  /** Null: there is nothing newer for this installation. */
  findOffer: (installed: Installed, installation: Id) => Promise<UpdateOffer | null>;
  /** Null: no release that is offered has such a file. */
  openFile: (address: z.infer<typeof FileAddress>) => Promise<Opened | null>;
  log: Logger;
  maxDownloads?: number;
};

/**
 * Updates of the desktop app, for whoever asks: `GET /updates/:channel/:platform/:arch?version=…&installation=…`, with
 * `&failed=…` where a version was taken back: the newest release for this installation; and `GET /updates/files/:sha512/:name`.
 */
export function createUpdates(source: UpdateSource): Hono {
  const { limits, findOffer, openFile, log, maxDownloads = maxDownloadsAtOnce } = source;
  let downloads = 0;
  const app = new Hono();
  app.use('*', async (context: Context, next) => {
    context.header('cache-control', 'no-store');
    await limits.take({ address: networkOf(addressOf(source, context)) || 'unknown' });
    return next();
  });
  app.onError((error, context) => {
    const failure = toParleyError(error);
    if (failure.code === 'internal') log.error({ err: error }, 'an update could not be offered');
    return problem(context, failure.toBody());
  });

  app.get('/files/:sha512/:name', async (context) => {
    if (downloads >= maxDownloads) {
      const message = 'Many are downloading at the moment. Try again later.';
      throw new ParleyError('unavailable', message, { retryAfterMs: 30_000 });
    }
    const { outgoing } = context.env as HttpBindings;
    downloads += 1;
    finished(outgoing, () => (downloads -= 1));
    const address = FileAddress.safeParse(context.req.param());
    const file = address.success ? await openFile(address.data) : null;
    if (!address.success || !file) throw new ParleyError('not_found', 'There is no such file.');
    const { handle, size } = file;
    const plan = planOf(context, size, `"${address.data.sha512}"`);
    if (!plan.range) {
      await handle.close();
      return context.body(null, plan.status, plan.headers);
    }
    const stream = handle.createReadStream(plan.range);
    // Who asked may have gone by now; nobody would read the stream then, or close it.
    finished(outgoing, () => stream.destroy());
    return context.body(Readable.toWeb(stream) as ReadableStream, plan.status, plan.headers);
  });

  app.get('/:channel/:platform/:arch', async (context) => {
    const question = Question.safeParse({ ...context.req.query(), ...context.req.param() });
    if (!question.success) throw invalidInput(question.error);
    const { installation, failed, ...installed } = question.data;
    if (failed !== undefined) {
      log.warn(
        { ...installed, failed, installation },
        'an app took a version back that did not start',
      );
    }
    const offer = await findOffer(installed, installation);
    return offer ? context.json(offer) : context.body(null, 204);
  });

  app.all('*', (context) =>
    problem(context, { code: 'not_found', message: 'There is nothing at this address.' }),
  );
  return app;
}

/** What is sent of a file; without a range nothing is. */
type Plan = { headers: Record<string, string> } & (
  { status: 200 | 206; range: ByteRange } | { status: 200 | 304 | 416; range?: never }
);

/** What of so many bytes the request asks for. `tag` never stands for another file. */
function planOf(context: Context, size: number, tag: string): Plan {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-disposition': 'attachment',
    'content-type': 'application/octet-stream',
    etag: tag,
    'x-content-type-options': 'nosniff',
  };
  if (knows(context.req.header('if-none-match'), tag)) return { status: 304, headers };
  if (context.req.method === 'HEAD') {
    return { status: 200, headers: { ...headers, 'content-length': String(size) } };
  }
  const asked = rangeOf(context, size, tag);
  if (asked === 'unsatisfiable') {
    return { status: 416, headers: { 'content-range': `bytes */${size}` } };
  }
  const range = asked ?? { start: 0, end: size - 1 };
  headers['content-length'] = String(range.end - range.start + 1);
  if (asked) headers['content-range'] = `bytes ${range.start}-${range.end}/${size}`;
  return { status: asked ? 206 : 200, headers, range };
}

/** Whether the client has the file already, by its `If-None-Match`. */
function knows(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return tags.includes(tag);
}

/** A part of what is another file by now would be of no use: then all of it is sent. */
function rangeOf(context: Context, size: number, tag: string): ByteRange | 'unsatisfiable' | null {
  const condition = context.req.header('if-range');
  if (condition !== undefined && condition !== tag) return null;
  return byteRangeOf(context.req.header('range'), size);
}
