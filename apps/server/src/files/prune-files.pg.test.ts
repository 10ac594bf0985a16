import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations } from '../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../test/server.ts';
import {
  beginUpload,
  fetchFile,
  locationOf,
  openPatch,
  patch,
  text,
  tus,
  untilOnDisk,
  upload,
} from '../../test/uploads.ts';
import { files } from '../database/schema.ts';
import { FileFolder } from './folder.ts';
import { pruneFiles } from './prune-files.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let folder: FileFolder;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  folder = new FileFolder(server.filesFolder);
});
afterAll(() => server.close());

const hourMs = 3_600_000;
const prune = (afterHours = 0) =>
  pruneFiles(server.db, folder, new Date(Date.now() + afterHours * hourMs));
const none = { unfinished: 0, unused: 0, removed: 0, strays: 0 };
const statusOf = async (fileId: string) => (await fetchFile(server, mia, fileId)).status;
async function lying(): Promise<string[]> {
  const shards = await readdir(server.filesFolder);
  const names = await Promise.all(shards.map((shard) => readdir(join(server.filesFolder, shard))));
  return names.flat().sort();
}

it('gives up unfinished uploads a day after their last byte, and no sooner', async () => {
  const location = locationOf(await beginUpload(server, mia, 10));
  const fileId = location.split('/').at(-1) ?? '';
  await patch(server, mia, location, 0, text('12345'));
  // Begun two days ago, but somebody went on with it.
  const longAgo = new Date(Date.now() - 48 * hourMs);
  await server.db.update(files).set({ createdAt: longAgo }).where(eq(files.id, fileId));
  expect(await prune(23)).toEqual(none);
  expect((await tus(server, mia, 'HEAD', location)).status).toBe(200);
  expect(await prune(25)).toEqual({ ...none, unfinished: 1, removed: 1 });
  expect((await tus(server, mia, 'HEAD', location)).status).toBe(404);
  expect(await lying()).toEqual([]);
});

it('waits with the bytes of a deleted upload until nobody writes to it', async () => {
  const location = locationOf(await beginUpload(server, mia, 10));
  const fileId = location.split('/').at(-1) ?? '';
  const slow = openPatch(server, mia, { path: location, offset: 0, bytes: 10 });
  slow.write(text('12345'));
  await untilOnDisk(server.filesFolder, fileId, 5);
  await server.db.update(files).set({ deletedAt: new Date() }).where(eq(files.id, fileId));
  expect(await prune()).toEqual({ ...none, strays: 1 });
  // The writer hears of it within a second, and ends with what it has.
  expect(await slow.answered).toBe(204);
  expect(await prune()).toEqual({ ...none, removed: 1 });
  expect(await lying()).toEqual([]);
});

it('takes what nobody sent after a week, but nothing that a message or a draft has', async () => {
  const { id: channelId } = await talk.channel(mia, 'private');
  const [loose, sent, begun] = [
    await upload(server, mia),
    await upload(server, mia),
    await upload(server, mia),
  ];
  await talk.ask(mia, 'message.post', {
    ...{ channelId, text: '', nonce: randomUUID(), fileIds: [sent.id] },
  });
  await talk.ask(mia, 'draft.set', { channelId, text: '', fileIds: [begun.id] });
  expect(await prune(6 * 24)).toEqual(none);
  expect(await prune(8 * 24)).toEqual({ ...none, unused: 1, removed: 1 });
  const statuses = await Promise.all([loose, sent, begun].map(({ id }) => statusOf(id)));
  expect(statuses).toEqual([404, 200, 200]);
  await talk.ask(mia, 'draft.clear', { channelId });
  expect(await prune(8 * 24)).toEqual({ ...none, unused: 1, removed: 1 });
  expect(await lying()).toEqual([sent.id]);
  // Pages of lists may have ended with them for a day more.
  expect(await server.db.$count(files)).toBe(3);
  await prune(10 * 24);
  expect(await server.db.$count(files)).toBe(1);
});

it('takes bytes without a row, and leaves what is not of Parley', async () => {
  const kept = await upload(server, mia);
  const before = await lying();
  const [stray, part, young] = [
    randomUUID(),
    `${kept.id}.webp.${randomUUID()}`,
    `${kept.id}.webp.${randomUUID()}`,
  ];
  const put = async (name: string, shard: string) => {
    await mkdir(join(server.filesFolder, shard), { recursive: true });
    await writeFile(join(server.filesFolder, shard, name), 'x');
  };
  await put(stray, stray.slice(-2));
  await put(`${stray}.webp`, stray.slice(-2));
  await put(part, kept.id.slice(-2));
  await put(young, kept.id.slice(-2));
  await put('README', '00');
  const old = new Date(Date.now() - 2 * hourMs);
  await utimes(join(server.filesFolder, kept.id.slice(-2), part), old, old);
  expect(await prune()).toEqual({ ...none, strays: 3 });
  expect(await lying()).toEqual([...before, young, 'README'].sort());
  expect(await statusOf(kept.id)).toBe(200);
});

it('removes what a server left that ended between the row and the bytes', async () => {
  const file = await upload(server, mia);
  await server.db.update(files).set({ deletedAt: new Date() }).where(eq(files.id, file.id));
  expect(await prune()).toMatchObject({ removed: 1 });
  expect(await lying()).not.toContain(file.id);
});
