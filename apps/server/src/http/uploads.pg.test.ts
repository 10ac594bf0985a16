import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eq } from 'drizzle-orm';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { File, maxFileNameLength } from '@parley/shared/protocol/file.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, startTestServer, type TestServer } from '../../test/server.ts';
import { testSettings } from '../../test/settings.ts';
import {
  beginUpload,
  fetchFile,
  fileIn,
  locationOf,
  openPatch,
  patch,
  text,
  tus,
  untilOnDisk,
  upload,
  type Content,
} from '../../test/uploads.ts';
import { files } from '../database/schema.ts';
import { maxUnsent, maxUnsentBytes } from '../features/files/rules.ts';

let server: TestServer;
let mia: SignedIn;
let max: SignedIn;

beforeAll(async () => {
  server = await startTestServer({ fileStalledMs: 1_500 });
  mia = await server.register('mia');
  max = await server.register('max');
});
afterAll(() => server.close());

const bytes = (count: number): Content => new Uint8Array(randomBytes(count));
const idIn = (location: string) => location.split('/').at(-1) ?? '';
const onDisk = (fileId: string) => readFile(join(server.filesFolder, fileId.slice(-2), fileId));
const offsetOf = async (who: SignedIn, location: string) => {
  const head = await tus(server, who, 'HEAD', location);
  return [head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')];
};
const begin = async (who: SignedIn, length: number) =>
  locationOf(await beginUpload(server, who, length));
const problemOf = async (response: Response) => {
  const { code, reason } = (await response.json()) as { code: string; reason?: string };
  return [response.status, code, reason];
};

describe('an upload', () => {
  it('comes in parts, and is a file with its last byte', async () => {
    const content = text('the first half, and the second');
    const begun = await beginUpload(server, mia, content.length, { name: 'Plan B.txt' });
    const location = locationOf(begun);
    expect(location).toMatch(
      /^\/api\/v1\/files\/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}$/,
    );
    const first = await patch(server, mia, location, 0, content.subarray(0, 15));
    expect([first.status, first.headers.get('upload-offset'), fileIn(first)]).toEqual([
      204,
      '15',
      null,
    ]);
    expect(await offsetOf(mia, location)).toEqual([200, '15', '30']);
    const unfinished = await fetchFile(server, mia, idIn(location), { what: '/info' });
    expect(await problemOf(unfinished)).toEqual([409, 'conflict', 'upload_incomplete']);
    const last = await patch(server, mia, location, 15, content.subarray(15));
    const file = fileIn(last);
    expect(file).toEqual({
      ...{ id: idIn(location), name: 'Plan B.txt', mediaType: 'text/plain', bytes: 30 },
      ...{ width: null, height: null, blurhash: null, hasThumbnail: false },
      ...{ uploadedBy: mia.user.id, createdAt: file?.createdAt },
    });
    const info = await fetchFile(server, mia, idIn(location), { what: '/info' });
    expect(File.parse(await info.json())).toEqual(file);
    expect(await (await fetchFile(server, mia, idIn(location))).text()).toBe(
      'the first half, and the second',
    );
    expect(
      (await stat(join(server.filesFolder, idIn(location).slice(-2), idIn(location)))).mode & 0o777,
    ).toBe(0o600);
  });

  it('may be of no bytes, or come with its beginning', async () => {
    const empty = await beginUpload(server, mia, 0);
    expect(fileIn(empty)).toMatchObject({ bytes: 0, mediaType: 'text/plain' });
    expect(await (await fetchFile(server, mia, fileIn(empty)?.id ?? '')).text()).toBe('');
    const at = { 'upload-length': '5', 'content-type': 'application/offset+octet-stream' };
    const whole = await tus(server, mia, 'POST', '/api/v1/files', at, text('hello'));
    expect([whole.status, fileIn(whole)?.bytes, fileIn(whole)?.name]).toEqual([201, 5, 'file']);
  });

  it('goes on after a cut at the byte that is on the disk', async () => {
    const content = bytes(600_000);
    const location = await begin(mia, content.length);
    const cut = openPatch(server, mia, { path: location, offset: 0, bytes: content.length });
    cut.write(content.subarray(0, 200_000));
    await untilOnDisk(server.filesFolder, idIn(location), 200_000);
    cut.cut();
    expect(await offsetOf(mia, location)).toEqual([200, '200000', '600000']);
    const rest = await patch(server, mia, location, 200_000, content.subarray(200_000));
    expect(fileIn(rest)?.bytes).toBe(600_000);
    expect((await onDisk(idIn(location))).equals(content)).toBe(true);
  });

  it('is displaced by a newer attempt while a dead connection still holds it', async () => {
    const content = bytes(300_000);
    const location = await begin(mia, content.length);
    const held = openPatch(server, mia, { path: location, offset: 0, bytes: content.length });
    held.write(content.subarray(0, 100_000));
    await untilOnDisk(server.filesFolder, idIn(location), 100_000);
    const startedAt = performance.now();
    expect(await offsetOf(mia, location)).toEqual([200, '100000', '300000']);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const rest = await patch(server, mia, location, 100_000, content.subarray(100_000));
    expect(rest.status).toBe(204);
    // What the first one sends now is not written.
    held.write(bytes(200_000));
    await held.answered;
    expect((await onDisk(idIn(location))).equals(content)).toBe(true);
  });

  it('of two that write at once one goes on', async () => {
    const content = bytes(2_000_000);
    const location = await begin(mia, content.length);
    const answers = await Promise.all(
      [1, 2, 3].map(() => patch(server, mia, location, 0, content)),
    );
    const done = answers.filter((answer) => fileIn(answer) !== null);
    expect(done.length).toBeGreaterThan(0);
    expect((await onDisk(idIn(location))).equals(content)).toBe(true);
  });

  it('that stands still is ended, and goes on later', async () => {
    const location = await begin(mia, 1_000);
    const slow = openPatch(server, mia, { path: location, offset: 0, bytes: 1_000 });
    slow.write(bytes(10));
    expect(await slow.answered).toBe(503);
    expect(await offsetOf(mia, location)).toEqual([200, '10', '1000']);
  });

  it('is complete also where the answer to its last byte was lost', async () => {
    const content = text('all of it');
    const location = await begin(mia, content.length);
    // As a server leaves it that ends between the bytes and the row.
    const held = openPatch(server, mia, { path: location, offset: 0, bytes: content.length });
    held.write(content);
    await held.answered;
    await server.db
      .update(files)
      .set({ completedAt: null })
      .where(eq(files.id, idIn(location)));
    const head = await tus(server, mia, 'HEAD', location);
    expect(fileIn(head)).toMatchObject({ id: idIn(location), bytes: content.length });
    const again = await patch(server, mia, location, content.length, text(''));
    expect(fileIn(again)).toEqual(fileIn(head));
  });

  it('by tus-js-client, in chunks, stopped and resumed', async () => {
    const content = bytes(1_500_000);
    let location: string | null = null;
    const run = (stopAt: number) =>
      new Promise<File | null>((resolve, reject) => {
        let file: File | null = null;
        const sending = new Upload(Buffer.from(content), {
          endpoint: `${server.url}/api/v1/files`,
          ...(location !== null && { uploadUrl: location }),
          chunkSize: 256 * 1024,
          retryDelays: [0, 50, 100],
          headers: { authorization: `Bearer ${mia.accessToken}` },
          metadata: { filename: 'Übersicht.bin', filetype: 'application/x-thing' },
          onProgress: (sent) => {
            if (sent < stopAt) return;
            location = sending.url;
            void sending.abort().then(() => {
              resolve(null);
            });
          },
          onAfterResponse: (_, response) => {
            const header = response.getHeader('parley-file');
            if (header) file = File.parse(JSON.parse(Buffer.from(header, 'base64').toString()));
          },
          onSuccess: () => {
            resolve(file);
          },
          onError: reject,
        });
        sending.start();
      });
    expect(await run(600_000)).toBeNull();
    const file = await run(Infinity);
    expect(file).toMatchObject({ name: 'Übersicht.bin', bytes: content.length });
    expect((await onDisk(file?.id ?? '')).equals(content)).toBe(true);
  });
});

describe('what is refused', () => {
  it('an offset that is not the one on the disk, changing nothing', async () => {
    const location = await begin(mia, 10);
    await patch(server, mia, location, 0, text('12345'));
    for (const offset of [0, 4, 6]) {
      const answer = await patch(server, mia, location, offset, text('x'));
      expect(await problemOf(answer)).toEqual([409, 'conflict', 'wrong_offset']);
    }
    expect(await offsetOf(mia, location)).toEqual([200, '5', '10']);
    expect((await onDisk(idIn(location))).toString()).toBe('12345');
  });

  it('more than was declared', async () => {
    const location = await begin(mia, 4);
    const answer = await patch(server, mia, location, 0, text('12345'));
    expect(await problemOf(answer)).toEqual([413, 'too_large', 'upload_too_long']);
    expect(await offsetOf(mia, location)).toEqual([200, '0', '4']);
  });

  it("another person's upload, as if it were not there", async () => {
    const location = await begin(mia, 10);
    const missing = `/api/v1/files/${randomUUID()}`;
    // One after the other, so that none is kept out by another.
    const statuses = async (path: string) => [
      (await tus(server, max, 'HEAD', path)).status,
      (await patch(server, max, path, 0, text('mine now'))).status,
      (await tus(server, max, 'DELETE', path)).status,
      (await tus(server, server.owner, 'DELETE', path)).status,
    ];
    expect(await statuses(location)).toEqual([404, 404, 404, 404]);
    expect(await statuses(missing)).toEqual([404, 404, 404, 404]);
    expect(await offsetOf(mia, location)).toEqual([200, '0', '10']);
  });

  it('whoever has not signed in', async () => {
    const location = await begin(mia, 10);
    for (const who of [null, { ...mia, accessToken: 'nonsense' }]) {
      const answers = await Promise.all([
        tus(server, who, 'POST', '/api/v1/files', { 'upload-length': '1' }),
        tus(server, who, 'HEAD', location),
        tus(server, who, 'PATCH', location, { 'upload-offset': '0' }, text('x')),
        tus(server, who, 'DELETE', location),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    }
  });

  it.each<[string, Record<string, string>, number]>([
    ['no length', {}, 400],
    ['a length that is not known yet', { 'upload-defer-length': '1' }, 400],
    ['a length below zero', { 'upload-length': '-1' }, 400],
    ['a length that is no number', { 'upload-length': 'many' }, 400],
    ['parts of uploads', { 'upload-length': '1', 'upload-concat': 'partial' }, 400],
    [
      'metadata that is not base64',
      { 'upload-length': '1', 'upload-metadata': 'filename %%%' },
      400,
    ],
    [
      'too much metadata',
      { 'upload-length': '1', 'upload-metadata': `filename ${'QUFB'.repeat(1_100)}` },
      400,
    ],
    ['another protocol', { 'upload-length': '1', 'tus-resumable': '0.2.2' }, 412],
    ['a file above the limit', { 'upload-length': String(2 ** 30 + 1) }, 413],
  ])('%s', async (_, headers, status) => {
    const before = await server.db.$count(files);
    const answer = await tus(server, mia, 'POST', '/api/v1/files', headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await server.db.$count(files)).toBe(before);
  });

  it('any file where the server takes none, and one above what it takes', async () => {
    const none = await startTestServer({ settings: testSettings });
    const refused = await beginUpload(none, none.owner, 1);
    expect(await problemOf(refused)).toEqual([403, 'forbidden', 'no_files']);
    expect((await call(none.url, null, 'server.info', {})).maxFileBytes).toBe(0);
    await none.close();
    expect((await call(server.url, null, 'server.info', {})).maxFileBytes).toBe(2 ** 30);
    const large = await beginUpload(server, mia, 2 ** 30 + 1);
    expect(await problemOf(large)).toEqual([413, 'too_large', 'file_too_large']);
  });

  it('more than a person may have unsent, by number and by bytes, also all at once', async () => {
    const zoe = await server.register('zoe');
    const gib = 2 ** 30;
    const full = maxUnsentBytes / gib;
    const large = await Promise.all(
      Array.from({ length: full + 3 }, () => beginUpload(server, zoe, gib)),
    );
    const refused = large.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(3);
    for (const each of refused) {
      expect(await problemOf(each)).toEqual([409, 'conflict', 'too_many_bytes']);
    }
    for (const each of large.filter(({ status }) => status === 201)) {
      expect((await tus(server, zoe, 'DELETE', locationOf(each))).status).toBe(204);
    }
    for (let count = 0; count < maxUnsent; count += 1) await begin(zoe, 1);
    const one = await beginUpload(server, zoe, 1);
    expect(await problemOf(one)).toEqual([409, 'conflict', 'too_many_uploads']);
    // Another person is not concerned.
    expect((await beginUpload(server, max, 1)).status).toBe(201);
  });

  it('the next part of somebody whose session has ended, or who was deactivated', async () => {
    const content = text('a secret plan');
    const [kim, tom] = [await server.register('kim'), await server.register('tom')];
    const theirs = await begin(kim, content.length);
    await patch(server, kim, theirs, 0, content.subarray(0, 5));
    await call(server.url, kim.accessToken, 'session.end', {});
    expect((await patch(server, kim, theirs, 5, content.subarray(5))).status).toBe(401);
    expect((await tus(server, kim, 'HEAD', theirs)).status).toBe(401);
    expect((await beginUpload(server, kim, 1)).status).toBe(401);
    const his = await begin(tom, content.length);
    const open = openPatch(server, tom, { path: his, offset: 0, bytes: content.length });
    open.write(content.subarray(0, 5));
    await untilOnDisk(server.filesFolder, idIn(his), 5);
    await call(server.url, server.owner.accessToken, 'user.deactivate', { userId: tom.user.id });
    // The part that was under way does not become a file either.
    open.write(content.subarray(5));
    expect(await open.answered).toBe(401);
    const [row] = await server.db
      .select()
      .from(files)
      .where(eq(files.id, idIn(his)));
    expect(row?.completedAt).toBeNull();
  });
});

describe('a disk without room', () => {
  it('is told of before anything is written', async () => {
    const settings = { ...testSettings, files: { folder: server.filesFolder, maxBytes: 2 ** 52 } };
    const other = await startTestServer({ settings });
    const answer = await beginUpload(other, other.owner, 2 ** 50);
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await problemOf(answer)).toEqual([503, 'unavailable', 'storage_full']);
    expect(await other.db.$count(files)).toBe(0);
    await other.close();
  });

  it('ends a part that does not fit, and the upload goes on when there is room', async () => {
    const location = await begin(mia, 5);
    const path = join(server.filesFolder, idIn(location).slice(-2), idIn(location));
    await mkdir(dirname(path), { recursive: true });
    // Whatever is written there is answered as by a full disk.
    await symlink('/dev/full', path);
    const answer = await patch(server, mia, location, 0, text('hello'));
    expect(await problemOf(answer)).toEqual([503, 'unavailable', 'storage_full']);
    await rm(path);
    expect(await offsetOf(mia, location)).toEqual([200, '0', '5']);
    expect(fileIn(await patch(server, mia, location, 0, text('hello')))?.bytes).toBe(5);
  });
});

it('gives an upload a name that it can be saved under', async () => {
  const file = await upload(server, mia, { name: `../../${'n'.repeat(300)}\u202e.txt` });
  expect(file.name).toBe(`${'n'.repeat(maxFileNameLength - 4)}.txt`);
  expect((await upload(server, mia, { name: 'a\r\nSet-Cookie: b' })).name).toBe('a Set-Cookie_ b');
});

it('is found where its proxy says nothing right, and answers with a place relative to the server', async () => {
  const answer = await tus(server, mia, 'POST', '/api/v1/files', {
    'upload-length': '1',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https, http',
    forwarded: 'host=evil.example;proto=https',
  });
  expect(locationOf(answer)).toMatch(/^\/api\/v1\/files\//);
});

it('gives up an upload, and takes its bytes from the disk', async () => {
  const location = await begin(mia, 10);
  await patch(server, mia, location, 0, text('12345'));
  expect((await tus(server, mia, 'DELETE', location)).status).toBe(204);
  expect((await tus(server, mia, 'HEAD', location)).status).toBe(404);
  await expect
    .poll(() =>
      onDisk(idIn(location)).then(
        () => 'there',
        () => 'gone',
      ),
    )
    .toBe('gone');
});

it('tells any page what it may ask, and what of the answers it may read', async () => {
  const options = await fetch(`${server.url}/api/v1/files/${randomUUID()}`, {
    method: 'OPTIONS',
    headers: {
      origin: 'app://parley',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,upload-offset,tus-resumable',
    },
  });
  expect(options.status).toBe(204);
  const said = options.headers;
  expect(said.get('access-control-allow-origin')).toBe('*');
  expect(said.get('access-control-allow-credentials')).toBeNull();
  expect(said.get('access-control-allow-methods')).toContain('PATCH');
  for (const name of ['Authorization', 'Upload-Offset', 'Tus-Resumable', 'Range']) {
    expect(said.get('access-control-allow-headers')).toContain(name);
  }
  expect([said.get('tus-version'), said.get('tus-max-size')]).toEqual(['1.0.0', String(2 ** 30)]);
  const refused = await tus(server, null, 'HEAD', `/api/v1/files/${randomUUID()}`);
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  expect(refused.headers.get('access-control-expose-headers')).toContain('Parley-File');
});
