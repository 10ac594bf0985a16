import { Server, type DataStore, type Locker } from '@tus/server';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import { Id } from '@parley/shared/protocol/ids.ts';
import { problem } from '../transports/problem.ts';
import { headerProblem, tusProblem, versionProblem } from './tus-problems.ts';

const tusVersion = '1.0.0';
export const filesPath = '/api/v1/files';
/** Carries the file, as JSON in base64, in the answer to its last byte. */
const fileHeader = 'parley-file';
/** How long a request that another one displaces may take to write what it has. */
const drainMs = 50;

export type UploadRequest = {
  context: Context;
  /** The uploads of who asks, and what makes sure that no two requests write to one. */
  store: DataStore & Locker;
  log: Logger;
  /** Makes the upload complete whose bytes are all here; null while some are missing. */
  finish: (fileId: Id) => Promise<File | null>;
};

/**
 * Answers a request of tus 1.0.0 (https://tus.io/protocols/resumable-upload) of somebody who has signed in. Each has a
 * tus server of its own, which so knows who asks; what they share is in the database and on the disk.
 */
export async function answerUpload(request: UploadRequest): Promise<Response> {
  const { context, store, log, finish } = request;
  const { raw } = context.req;
  if (raw.headers.get('tus-resumable') !== tusVersion) {
    return refusal(context, versionProblem(), 412);
  }
  // The package would refuse a list of protocols there; it is anybody's word and is not read.
  raw.headers.delete('x-forwarded-proto');
  const failures: ParleyError[] = [];
  const complete = async (fileId: Id) => {
    const file = await finish(fileId);
    return file ? { [fileHeader]: Buffer.from(JSON.stringify(file)).toString('base64') } : {};
  };
  const server = new Server({
    path: filesPath,
    datastore: store,
    locker: store,
    relativeLocation: true,
    lockDrainTimeout: drainMs,
    namingFunction: () => uuidv7(),
    getFileIdFromRequest: () => idOf(context),
    onUploadFinish: async (_, { id }) => ({ headers: await complete(id) }),
    onResponseError: (_, error) => {
      const failure = tusProblem(error);
      if (failure.code === 'internal') log.error({ err: error }, 'an upload failed');
      failures.push(failure);
      return undefined;
    },
  });
  const answer = await server.handleWeb(raw);
  if (answer.status >= 400) {
    return refusal(context, failures[0] ?? headerProblem());
  }
  if (raw.method === 'HEAD' && isAllHere(answer)) return withFile(context, answer, complete);
  return answer;
}

/** The id in the address, in whatever case it is written. */
function idOf(context: Context): Id | undefined {
  return Id.safeParse(context.req.param('fileId')).data;
}

function isAllHere({ headers }: Response): boolean {
  return headers.get('upload-offset') === headers.get('upload-length');
}

/** A program that lost the answer to its last byte learns here what it would have said. */
async function withFile(
  context: Context,
  answer: Response,
  complete: (fileId: Id) => Promise<Record<string, string>>,
): Promise<Response> {
  const fileId = idOf(context);
  if (fileId === undefined) return answer;
  try {
    const headers = { ...Object.fromEntries(answer.headers), ...(await complete(fileId)) };
    return new Response(null, { status: answer.status, headers });
  } catch (error) {
    return refusal(context, tusProblem(error));
  }
}

/** The problem, as tus has it said; `status` where that is another one there. */
function refusal(context: Context, failure: ParleyError, status?: number): Response {
  const said = problem(context, failure.toBody());
  said.headers.set('tus-resumable', tusVersion);
  said.headers.set('tus-version', tusVersion);
  return new Response(said.body, { status: status ?? said.status, headers: said.headers });
}
