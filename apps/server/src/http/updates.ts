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
import { sendFile, Transfers, type Opened } from './send-file.ts';

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

/** What lies under a digest never changes. */
const asIsForGood = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-disposition': 'attachment',
  'content-type': 'application/octet-stream',
};

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
  const { limits, findOffer, openFile, log } = source;
  const downloads = new Transfers(source.maxDownloads);
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
    downloads.begin(context);
    const address = FileAddress.safeParse(context.req.param());
    const file = address.success ? await openFile(address.data) : null;
    if (!address.success || !file) throw new ParleyError('not_found', 'There is no such file.');
    return sendFile(context, file, { tag: `"${address.data.sha512}"`, headers: asIsForGood });
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
