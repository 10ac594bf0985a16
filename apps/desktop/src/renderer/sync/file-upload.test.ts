import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TusServer } from '../../../test/tus-server.ts';
import { chunkBytes, endUpload, uploadFile, type UploadRequest } from './file-upload.ts';

let server: TusServer;
let tokens: number[];
let token: string;

beforeEach(async () => {
  server = await TusServer.start();
  [tokens, token] = [[], 'a token'];
});
afterEach(() => server.stop());

const context = (stalledAfterMs = 5_000) => ({
  getAccess: (minValidMs: number) => {
    tokens.push(minValidMs);
    return Promise.resolve({ server: server.url, accessToken: token });
  },
  fetch,
  stalledAfterMs,
});

const content = (bytes: number) =>
  Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) % 256);

function asked(change: Partial<UploadRequest> & { blob: Blob }) {
  const begun = vi.fn<UploadRequest['onBegun']>();
  const accepted = vi.fn();
  const progress = vi.fn<UploadRequest['onProgress']>();
  const request: UploadRequest = {
    name: 'Grüße 😀.txt',
    mediaType: 'text/plain',
    uploadId: null,
    onBegun: begun,
    onProgress: progress,
    onAccepted: accepted,
    signal: new AbortController().signal,
    ...change,
  };
  return { request, begun, accepted, progress };
}

const stored = (id: string) => server.uploads.get(id)?.bytes;

it('carries a file over in chunks, under its name, with the token in every request', async () => {
  const bytes = content(chunkBytes * 2 + 17);
  const { request, begun, accepted, progress } = asked({ blob: new Blob([bytes]) });
  const file = await uploadFile(context(), request);
  expect(file).toMatchObject({ name: 'Grüße 😀.txt', bytes: bytes.length });
  expect(begun.mock.calls).toEqual([[file.id]]);
  expect(accepted).toHaveBeenCalledTimes(3);
  expect(progress).toHaveBeenLastCalledWith(bytes.length);
  expect(stored(file.id)?.equals(bytes)).toBe(true);
  expect(server.uploads.get(file.id)).toMatchObject({ type: 'text/plain' });
  expect(server.methods()).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
  expect(new Set(server.asked.map(({ authorization }) => authorization))).toEqual(
    new Set(['Bearer a token']),
  );
  // One for the address, one for each request.
  expect(tokens).toEqual([30_000, 30_000, 30_000, 30_000, 30_000]);
});

it('carries an empty file over', async () => {
  const file = await uploadFile(context(), asked({ blob: new Blob([]) }).request);
  expect(file.bytes).toBe(0);
  expect(server.methods()).toEqual(['POST']);
});

it('goes on where it broke off', async () => {
  const bytes = content(chunkBytes + 1_000);
  const blob = new Blob([bytes]);
  server.fault = ({ method }) => (method === 'PATCH' ? { cutAfter: 200_000 } : null);
  const first = asked({ blob });
  await expect(uploadFile(context(), first.request)).rejects.toMatchObject({
    code: 'unavailable',
  });
  const uploadId = first.begun.mock.calls[0]?.[0] ?? '';
  const before = stored(uploadId)?.length ?? 0;
  expect(before).toBeGreaterThan(0);
  server.fault = () => null;
  server.asked.length = 0;
  const second = asked({ blob, uploadId });
  const file = await uploadFile(context(), second.request);
  expect(file.id).toBe(uploadId);
  expect(server.methods()[0]).toBe('HEAD');
  expect(server.methods()).not.toContain('POST');
  expect(second.begun).not.toHaveBeenCalled();
  expect(stored(uploadId)?.equals(bytes)).toBe(true);
});

it('learns what the server made of it where the last answer was lost', async () => {
  const blob = new Blob([content(1_000)]);
  server.fault = ({ method }) => (method === 'PATCH' ? 'loseAnswer' : null);
  const first = asked({ blob });
  await expect(uploadFile(context(), first.request)).rejects.toMatchObject({ code: 'unavailable' });
  server.fault = () => null;
  const uploadId = first.begun.mock.calls[0]?.[0] ?? '';
  const file = await uploadFile(context(), asked({ blob, uploadId }).request);
  expect(file).toMatchObject({ id: uploadId, bytes: 1_000 });
  expect(server.methods()).toEqual(['POST', 'PATCH', 'HEAD', 'GET']);
});

it('asks for the file where no header tells of it, as on the way through a proxy', async () => {
  server.tellsFile = false;
  const file = await uploadFile(context(), asked({ blob: new Blob(['hello']) }).request);
  expect(file.bytes).toBe(5);
  expect(server.asked.at(-1)?.path).toBe(`/api/v1/files/${file.id}/info`);
});

it('has a fresh token once where the server says that it has expired, and goes on', async () => {
  const bytes = content(chunkBytes + 1);
  let refusals = 1;
  server.fault = ({ method }) => {
    if (method !== 'PATCH' || server.methods().length < 3 || refusals === 0) return null;
    refusals -= 1;
    token = 'a fresh one';
    return { status: 401, body: { code: 'token_expired', detail: 'Too old.' } };
  };
  const { request, begun } = asked({ blob: new Blob([bytes]) });
  const file = await uploadFile(context(), request);
  expect(begun).toHaveBeenCalledTimes(1);
  expect(stored(file.id)?.equals(bytes)).toBe(true);
  expect(server.methods()).toEqual(['POST', 'PATCH', 'PATCH', 'HEAD', 'PATCH']);
  expect(tokens.filter((ms) => ms === Number.MAX_SAFE_INTEGER)).toHaveLength(1);
  expect(server.asked.at(-1)?.authorization).toBe('Bearer a fresh one');
});

it('leaves a second refusal in a row to whoever asked', async () => {
  server.fault = () => ({ status: 401, body: { code: 'token_expired', detail: 'Too old.' } });
  await expect(
    uploadFile(context(), asked({ blob: new Blob(['x']) }).request),
  ).rejects.toMatchObject({ code: 'token_expired' });
  expect(server.methods()).toEqual(['POST', 'POST']);
});

it.each([
  [404, 'HEAD'],
  [410, 'HEAD'],
  [404, 'PATCH'],
])('says that it has to begin anew where the server answers %s to %s', async (status, method) => {
  const { request, begun } = asked({ blob: new Blob([content(10)]) });
  server.fault = (each) => (each.method === method ? { status } : null);
  const uploadId = '01920000-0000-7000-8000-000000000001';
  const asking = method === 'HEAD' ? { ...request, uploadId } : request;
  await expect(uploadFile(context(), asking)).rejects.toMatchObject({
    code: 'unavailable',
    reason: 'upload_gone',
  });
  expect(begun).toHaveBeenCalledTimes(method === 'HEAD' ? 0 : 1);
  expect(server.methods()).not.toContain(method === 'HEAD' ? 'POST' : 'HEAD');
});

it.each([
  ['too_large', 413, { code: 'too_large', detail: 'No.', reason: 'file_too_large' }],
  ['too_large', 413, null],
  ['forbidden', 403, { code: 'forbidden', detail: 'No.' }],
  ['conflict', 409, { code: 'conflict', detail: 'No.', reason: 'too_many_uploads' }],
  ['not_found', 404, null],
  ['invalid_input', 400, null],
  ['unavailable', 502, null],
  ['rate_limited', 429, { code: 'rate_limited', detail: 'Wait.', retryAfterMs: 700 }],
])('is told %s where the server answers %s to the beginning', async (code, status, body) => {
  server.fault = () => ({ status, ...(body && { body }) });
  const refused = uploadFile(context(), asked({ blob: new Blob(['x']) }).request);
  const { reason, retryAfterMs } = { reason: undefined, retryAfterMs: undefined, ...body };
  await expect(refused).rejects.toMatchObject({ code, reason, retryAfterMs });
});

it('asks again where it stands after a conflict in the middle, as two requests met', async () => {
  const body = { code: 'conflict', detail: 'Elsewhere.', reason: 'wrong_offset' };
  server.fault = ({ method }) => (method === 'PATCH' ? { status: 409, body } : null);
  await expect(
    uploadFile(context(), asked({ blob: new Blob(['x']) }).request),
  ).rejects.toMatchObject({ code: 'unavailable', reason: undefined });
});

it('gives up a request of which nothing moves', async () => {
  server.fault = ({ method }) => (method === 'PATCH' ? 'stall' : null);
  const startedAt = performance.now();
  await expect(
    uploadFile(context(150), asked({ blob: new Blob(['x']) }).request),
  ).rejects.toMatchObject({ code: 'unavailable' });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

it('ends at once when it is wanted no more, and sends nothing after it', async () => {
  const controller = new AbortController();
  server.fault = ({ method }) => (method === 'PATCH' ? 'stall' : null);
  const { request, begun } = asked({ blob: new Blob(['x']), signal: controller.signal });
  const ended = expect(uploadFile(context(), request)).rejects.toMatchObject({ reason: 'stopped' });
  await vi.waitFor(() => {
    expect(server.methods()).toEqual(['POST', 'PATCH']);
  });
  controller.abort();
  await ended;
  expect(begun).toHaveBeenCalledTimes(1);
  expect(server.methods()).toEqual(['POST', 'PATCH']);
});

it('sends the token to no other server, whatever address an upload is said to have', async () => {
  const other = await TusServer.start();
  try {
    server.locationOf = (id) => `${other.url}/api/v1/files/${id}`;
    const file = await uploadFile(context(), asked({ blob: new Blob(['hello']) }).request);
    expect(stored(file.id)?.toString()).toBe('hello');
    expect(other.asked).toEqual([]);
    server.locationOf = () => `/elsewhere`;
    await expect(
      uploadFile(context(), asked({ blob: new Blob(['hello']) }).request),
    ).rejects.toMatchObject({ code: 'internal' });
  } finally {
    await other.stop();
  }
});

it('does not send the same again and again to a server that takes nothing', async () => {
  const headers = { 'upload-offset': '0' };
  server.fault = ({ method }) => (method === 'PATCH' ? { status: 204, headers } : null);
  await expect(
    uploadFile(context(), asked({ blob: new Blob(['x']) }).request),
  ).rejects.toMatchObject({ code: 'internal' });
  expect(server.methods()).toEqual(['POST', 'PATCH']);
});

it('says that a file cannot be read on this device any more', async () => {
  const blob = new Blob(['x']);
  blob.slice = () => {
    throw new DOMException('It is gone.', 'NotReadableError');
  };
  await expect(uploadFile(context(), asked({ blob }).request)).rejects.toMatchObject({
    code: 'not_found',
    reason: 'file_lost',
  });
});

it('tells the server of what nobody wants any more; that it is gone already is fine', async () => {
  const { id } = await uploadFile(context(), asked({ blob: new Blob(['x']) }).request);
  await endUpload(context(), id);
  expect(server.uploads.has(id)).toBe(false);
  await endUpload(context(), id);
  server.fault = () => ({ status: 403, body: { code: 'forbidden', detail: 'No.' } });
  await expect(endUpload(context(), id)).rejects.toMatchObject({ code: 'forbidden' });
});
