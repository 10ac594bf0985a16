import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { File } from '@parley/shared/protocol/file.ts';
import { Id } from '@parley/shared/protocol/ids.ts';
import type { DetailedError, HttpResponse, UploadOptions } from 'tus-js-client';
import type { Access } from '../../live/connection.ts';
import { failureOf, fileUrl, filesUrl, withToken, type Authorise } from './file-http.ts';

/** So much is in memory and lost at most when a request breaks. */
export const chunkBytes = 4 * 1024 ** 2;
/** A request of which nothing moves for so long is given up. */
const stalledAfterMs = 45_000;

/** Names a copy that the server has no more: the next attempt begins anew. */
export const uploadGone = 'upload_gone';

export type UploadRequest = {
  blob: Blob;
  name: string;
  mediaType: string;
  /** One that was begun before and goes on. */
  uploadId: Id | null;
  /** The server knows of it by this id from now on. */
  onBegun: (uploadId: Id) => void;
  /** Sent, and perhaps not accepted yet. */
  onProgress: (sentBytes: number) => void;
  /** More of it is safe with the server. */
  onAccepted: () => void;
  signal: AbortSignal;
};

export type UploadContext = {
  getAccess: (minValidMs: number) => Promise<Access | null>;
  fetch: typeof fetch;
  stalledAfterMs?: number;
};

/**
 * Carries a file to the server, from where that stands. One attempt: rejects with a ParleyError, `unavailable` where
 * another one may succeed, and has the reason `upload_gone` where that has to begin anew.
 */
export async function uploadFile(context: UploadContext, request: UploadRequest): Promise<File> {
  // An expired token is found out in the middle: what was begun by then is gone on with.
  let { uploadId } = request;
  const onBegun = (id: Id) => {
    uploadId = id;
    request.onBegun(id);
  };
  return withToken(context.getAccess, (authorise) =>
    attempt(context, { ...request, uploadId, onBegun }, authorise),
  );
}

/** Tells the server that nobody wants what it has of an upload. */
export async function endUpload(context: UploadContext, uploadId: Id): Promise<void> {
  await withToken(context.getAccess, async (authorise) => {
    const { server, accessToken } = await authorise();
    const response = await context.fetch(fileUrl(server, uploadId), {
      method: 'DELETE',
      headers: { authorization: `Bearer ${accessToken}`, 'tus-resumable': '1.0.0' },
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(context.stalledAfterMs ?? stalledAfterMs),
    });
    if (!response.ok && response.status !== 404 && response.status !== 410) {
      throw failureOf(response.status, await response.text());
    }
  });
}

async function attempt(
  context: UploadContext,
  request: UploadRequest,
  authorise: Authorise,
): Promise<File> {
  const { server } = await authorise();
  const { lastResponse, id } = await send(context, request, authorise, server);
  const told = fileOf(lastResponse.getHeader('Parley-File'));
  return told ?? (await askForFile(context, id, authorise));
}

/** The part that tus does. Its code is loaded with the first file, not with the app. */
async function send(
  context: UploadContext,
  { blob, name, mediaType, uploadId, onBegun, onProgress, onAccepted, signal }: UploadRequest,
  authorise: Authorise,
  server: string,
): Promise<{ lastResponse: HttpResponse; id: Id }> {
  const tus = await import('tus-js-client');
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let id = uploadId;
    let isOver = false;
    const moves = () => {
      clearTimeout(timer);
      if (isOver) return;
      timer = setTimeout(() => {
        leave(new ParleyError('unavailable', 'Nothing of the file has moved for too long.'));
      }, context.stalledAfterMs ?? stalledAfterMs);
    };
    const settle = (work: () => void) => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      work();
    };
    const leave = (error: ParleyError) => {
      // What it was doing ends without a word.
      void upload.abort();
      settle(() => {
        reject(error);
      });
    };
    const onAbort = () => {
      leave(new ParleyError('unavailable', 'The upload was stopped.', { reason: 'stopped' }));
    };
    const options: UploadOptions = {
      // Given an address to create at, tus would begin anew whatever went wrong with asking where it was.
      ...(uploadId === null
        ? { endpoint: filesUrl(server) }
        : { uploadUrl: fileUrl(server, uploadId) }),
      metadata: { filename: name, filetype: mediaType },
      chunkSize: chunkBytes,
      fileReader: { openFile: () => Promise.resolve(sourceOf(blob)) },
      // When to try again, and where it stood, is known here.
      retryDelays: null,
      storeFingerprintForResuming: false,
      fingerprint: () => Promise.resolve(name),
      onBeforeRequest: async (httpRequest) => {
        moves();
        const { accessToken } = await authorise();
        if (signal.aborted) throw new ParleyError('unavailable', 'The upload was stopped.');
        httpRequest.setHeader('Authorization', `Bearer ${accessToken}`);
      },
      onUploadUrlAvailable: () => {
        if (id !== null) return;
        id = idAtEnd(upload.url);
        // The token is sent there: nowhere but to the server that it is of.
        upload.url = fileUrl(server, id);
        onBegun(id);
      },
      onProgress: (sent) => {
        moves();
        onProgress(sent);
      },
      onChunkComplete: (accepted) => {
        // It would be sent again and again without an end.
        if (accepted > 0) onAccepted();
        else leave(new ParleyError('internal', 'The server takes nothing of the file.'));
      },
      onSuccess: ({ lastResponse }) => {
        settle(() => {
          if (id === null) reject(new ParleyError('internal', 'The server named no upload.'));
          else resolve({ lastResponse, id });
        });
      },
      onError: (error) => {
        settle(() => {
          reject(failureIn(error, uploadId !== null || id !== null));
        });
      },
    };
    const upload = new tus.Upload(blob, options);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    moves();
    upload.start();
  });
}

/** Reads a part at a time, so that a blob that cannot be read is told from a network that fails. */
function sourceOf(blob: Blob) {
  return {
    size: blob.size,
    slice: async (start: number, end: number) => {
      let bytes: ArrayBuffer;
      try {
        bytes = await blob.slice(start, end).arrayBuffer();
      } catch (error) {
        throw new ParleyError('not_found', 'The file can no longer be read on this device.', {
          reason: 'file_lost',
          cause: error,
        });
      }
      return { value: new Uint8Array(bytes), done: false };
    },
    close: () => undefined,
  };
}

function idAtEnd(url: string | null): Id {
  const id = Id.safeParse(url?.split('/').at(-1)).data;
  if (id === undefined) throw new ParleyError('internal', 'The server named no upload.');
  return id;
}

function failureIn(error: Error | DetailedError, wasBegun: boolean): ParleyError {
  if (error instanceof ParleyError) return error;
  const { causingError, originalResponse: response, originalRequest: asked } = detailsOf(error);
  if (causingError instanceof ParleyError) return causingError;
  if (!response) return unreachable(error);
  const status = response.getStatus();
  // The answer to a HEAD has no body.
  const failure = failureOf(status, response.getBody());
  const ofUpload = wasBegun && asked?.getMethod() !== 'POST';
  if (ofUpload && (status === 404 || status === 410)) return gone(failure);
  // Another request was at it, or got through though it seemed lost: where it stands is asked for again.
  if (ofUpload && (status === 409 || status === 423)) return unreachable(failure);
  return failure;
}

function detailsOf(error: Error): Partial<DetailedError> {
  return error;
}

function gone(cause: unknown): ParleyError {
  const details = { reason: uploadGone, cause };
  return new ParleyError('unavailable', 'The server has this upload no more.', details);
}

function unreachable(cause: unknown): ParleyError {
  return new ParleyError('unavailable', 'The server cannot be reached.', { cause });
}

/** What the server made of it, from the header in which it says so. */
function fileOf(header: string | undefined | null): File | null {
  if (!header) return null;
  try {
    const bytes = Uint8Array.from(atob(header), (each) => each.charCodeAt(0));
    return File.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** An upload that was through already, or of whose end the answer was lost. */
async function askForFile(context: UploadContext, fileId: Id, authorise: Authorise): Promise<File> {
  const { server, accessToken } = await authorise();
  const signal = AbortSignal.timeout(context.stalledAfterMs ?? stalledAfterMs);
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await context
    .fetch(`${fileUrl(server, fileId)}/info`, {
      headers,
      credentials: 'omit',
      redirect: 'error',
      signal,
    })
    .catch((error: unknown) => {
      throw unreachable(error);
    });
  const body = await response.text().catch((error: unknown) => {
    throw unreachable(error);
  });
  if (response.status === 404 || response.status === 410) throw gone(body);
  // Its end was not written down yet.
  if (response.status === 409) throw unreachable(failureOf(response.status, body));
  if (!response.ok) throw failureOf(response.status, body);
  const file = File.safeParse(parsedJson(body));
  if (file.success) return file.data;
  throw new ParleyError('internal', 'The answer of the server cannot be read.', {
    cause: file.error,
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
