import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { createTestDatabase } from './postgres.ts';
import { device, password } from './process-world.ts';
import { call } from './server.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import {
  beginUpload,
  fetchFile,
  fileIn,
  locationOf,
  openPatch,
  patch,
  tus,
  untilOnDisk,
  upload,
  type Content,
} from './uploads.ts';

/** What becomes of files where a server ends in the middle, or is several processes. */

const setupToken = 'set-up-token-for-tests';
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let dataDir: string;
let server: ServerProcess;
let owner: SignedIn;

const start = (environment: Record<string, string> = {}) =>
  startServerProcess({
    DATABASE_URL: database.url,
    PARLEY_DATA: dataDir,
    PARLEY_PORT: '0',
    PARLEY_SETUP_TOKEN: setupToken,
    ...environment,
  });

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'parley-files-'));
  server = await start();
  owner = await call(server.url, null, 'server.setup', {
    ...{ setupToken, workspaceName: 'Northwind', username: 'owner', displayName: 'Olive Owner' },
    ...{ email: 'owner@example.com', password, device },
  });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const bytes = (count: number): Content => new Uint8Array(randomBytes(count));
const idIn = (location: string) => location.split('/').at(-1) ?? '';
const folder = () => join(dataDir, 'files');
const onDisk = (fileId: string) => readFile(join(folder(), fileId.slice(-2), fileId));
const offsetOf = async (location: string) =>
  (await tus(server, owner, 'HEAD', location)).headers.get('upload-offset');

/** Begins an upload, and lets so much of it arrive on a connection that stays open. */
async function half(content: Content, arrived: number) {
  const location = locationOf(await beginUpload(server, owner, content.length));
  const open = openPatch(server, owner, { path: location, offset: 0, bytes: content.length });
  open.write(content.subarray(0, arrived));
  await untilOnDisk(folder(), idIn(location), arrived);
  return { location, open };
}

it('an upload goes on after kill -9 with the byte that is on the disk, and what was whole is still there', async () => {
  const whole = await upload(server, owner, { content: bytes(100_000) });
  const content = bytes(3_000_000);
  const { location } = await half(content, 1_234_567);
  await server.kill();
  server = await start();
  expect(await offsetOf(location)).toBe('1234567');
  const rest = await patch(server, owner, location, 1_234_567, content.subarray(1_234_567));
  const file = fileIn(rest);
  expect(file?.bytes).toBe(content.length);
  const fetched = await fetchFile(server, owner, idIn(location));
  expect(Buffer.from(await fetched.arrayBuffer()).equals(content)).toBe(true);
  expect((await fetchFile(server, owner, whole.id)).status).toBe(200);
}, 60_000);

it('an upload goes on after a polite restart too, which it does not hold up', async () => {
  const content = bytes(500_000);
  const { location } = await half(content, 200_000);
  const startedAt = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  server = await start();
  const askedAt = performance.now();
  const offset = Number(await offsetOf(location));
  expect(offset).toBe(200_000);
  // Nobody waits for the one who left.
  expect(performance.now() - askedAt).toBeLessThan(1_500);
  expect((await patch(server, owner, location, offset, content.subarray(offset))).status).toBe(204);
  expect((await onDisk(idIn(location))).equals(content)).toBe(true);
}, 60_000);

it('bytes that were all here when the server was killed become a file when they are asked for', async () => {
  const content = bytes(100_000);
  const { location } = await half(content, 99_999);
  // The last byte comes, and with it the end, whether the row was written or not.
  const last = openPatch(server, owner, { path: location, offset: 99_999, bytes: 1 });
  last.write(content.subarray(99_999));
  await untilOnDisk(folder(), idIn(location), 100_000);
  await server.kill();
  server = await start();
  const head = await tus(server, owner, 'HEAD', location);
  expect([head.headers.get('upload-offset'), fileIn(head)?.bytes]).toEqual(['100000', 100_000]);
  const { channels } = await call(server.url, owner.accessToken, 'channel.browse', {});
  const { message } = await call(server.url, owner.accessToken, 'message.post', {
    ...{ channelId: channels[0]?.channel.id ?? '', text: '', nonce: randomUUID() },
    fileIds: [idIn(location)],
  });
  expect(message.files).toHaveLength(1);
}, 60_000);

it('an upload has one writer among several processes, and any of them hands the file out', async () => {
  await server.stop();
  server = await start({ PARLEY_WORKERS: '2' });
  for (let round = 0; round < 4; round += 1) {
    const content = bytes(300_000);
    const { location, open } = await half(content, 100_000);
    // New connections go to the workers in turn: that of the first writer, or the other.
    const answers = await Promise.all(
      [1, 2, 3].map(async () => {
        const offset = Number(await offsetOf(location));
        return patch(server, owner, location, offset, content.subarray(offset));
      }),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(204);
    open.cut();
    // Whoever was displaced asks and goes on, as programs do.
    const offset = Number(await offsetOf(location));
    if (offset < content.length) {
      await patch(server, owner, location, offset, content.subarray(offset));
    }
    expect((await onDisk(idIn(location))).equals(content)).toBe(true);
    const fetched = await Promise.all(
      [1, 2, 3, 4].map(() =>
        fetchFile(server, owner, idIn(location), { headers: { connection: 'close' } }),
      ),
    );
    for (const answer of fetched) {
      expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
    }
  }
}, 120_000);
