import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { maxFilesPerMessage, type File } from '@parley/shared/protocol/file.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { aFile } from '../../../test/files.ts';
import { channels, OutboxWorld } from '../../../test/outbox-world.ts';
import { storageTakesMs } from '../../../test/slow-outbox-storage.ts';
import { Attachments, type AttachmentsOptions } from './attachments.ts';
import type { UploadRequest } from './file-upload.ts';
import { createMemoryStorage, maxStoredBytes, storageFull } from './storage.ts';
import { Topic, untracked } from './topic.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const [channelId] = channels;

type Upload = {
  request: UploadRequest;
  resolve: (file: File) => void;
  reject: (error: ParleyError) => void;
};

/** The files of one place, with uploads that a test answers. */
function setUp(change: Partial<AttachmentsOptions> = {}) {
  const storage = createMemoryStorage();
  const drafts = new Map<string, readonly File[]>();
  const uploads: Upload[] = [];
  const ended: string[] = [];
  const told: (() => void)[] = [];
  let lastId = 0x500;
  const attachments = new Attachments({
    storage,
    drafts: {
      files: (...place) => drafts.get(placeKey(...place)) ?? [],
      setFiles: (channel, thread, files) => drafts.set(placeKey(channel, thread), files),
      flush: () => {
        told.push(() => undefined);
      },
      told: () => new Promise((resolve) => told.push(resolve)),
    },
    upload: (request) =>
      new Promise((resolve, reject) => {
        uploads.push({ request, resolve, reject });
      }),
    endUpload: (id) => {
      ended.push(id);
      return Promise.resolve();
    },
    maxFileBytes: () => null,
    onMessageChange: () => undefined,
    onTrouble: () => undefined,
    topic: new Topic(untracked),
    newId: () => idOf((lastId += 1)),
    now: Date.now,
    random: () => 1,
    ...change,
  });
  const add = (...names: string[]) =>
    attachments.add(
      channelId,
      null,
      names.map((name) => ({ name, blob: new Blob([name], { type: 'text/plain' }) })),
    );
  const at = () => attachments.at(channelId, null);
  const names = () => at().map(({ name }) => name);
  const uploadOf = (name: string) => {
    const upload = uploads.findLast(({ request }) => request.name === name);
    if (!upload) throw new Error(`${name} is not being uploaded`);
    return upload;
  };
  const finish = async (name: string, n: number) => {
    uploadOf(name).resolve(aFile(idOf(n), { name }));
    await settle();
  };
  return { attachments, storage, drafts, uploads, ended, told, add, at, names, uploadOf, finish };
}

describe('attachments of a place', () => {
  it('are stored before they are shown, and uploaded two at a time with their progress', async () => {
    const { attachments, storage, add, at, uploads, uploadOf, finish, drafts } = setUp();
    attachments.setOnline(true);
    await add('a', 'b', 'c');
    await settle();
    expect((await storage.loadAttachments()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(await (await attachments.blob(at()[0]?.id ?? ''))?.text()).toBe('a');
    expect(uploads.map(({ request }) => request.name)).toEqual(['a', 'b']);
    uploadOf('a').request.onBegun(idOf(7));
    uploadOf('a').request.onProgress(1);
    expect(at()[0]).toMatchObject({ state: 'uploading', sentBytes: 1, file: null });
    expect(at()[2]).toMatchObject({ state: 'waiting', mediaType: 'text/plain', bytes: 1 });
    await finish('b', 8);
    expect(uploads.map(({ request }) => request.name)).toEqual(['a', 'b', 'c']);
    expect(drafts.get(channelId)?.map(({ name }) => name)).toEqual(['b']);
    await finish('c', 9);
    await finish('a', 7);
    // In the order in which they were put there, whichever was through first.
    expect(drafts.get(channelId)?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(at().map(({ state, sentBytes }) => [state, sentBytes])).toEqual([
      ['uploaded', 1],
      ['uploaded', 1],
      ['uploaded', 1],
    ]);
    expect(attachments.isIdle).toBe(true);
  });

  it('are shown with those of other devices, which are not on this one', async () => {
    const { attachments, drafts, add, at } = setUp();
    const theirs = aFile(idOf(3), { name: 'theirs' });
    drafts.set(channelId, [theirs]);
    await add('mine');
    expect(at()).toMatchObject([
      { id: theirs.id, name: 'theirs', state: 'uploaded', file: theirs },
      { name: 'mine', state: 'waiting', file: null },
    ]);
    expect(await attachments.blob(theirs.id)).toBeNull();
  });

  it('are all taken or none: too many, too large, or more than the device keeps', async () => {
    const { attachments, storage, add, names } = setUp({ maxFileBytes: () => 5 });
    await add('a', 'b');
    await expect(add('c', 'too large')).rejects.toMatchObject({
      code: 'too_large',
      reason: 'file_too_large',
    });
    const many = Array.from({ length: maxFilesPerMessage - 1 }, (_, n) => `${n}`);
    await expect(add(...many)).rejects.toMatchObject({ reason: 'too_many_files' });
    vi.spyOn(storage, 'addAttachments').mockRejectedValueOnce(storageFull());
    await expect(add('d')).rejects.toMatchObject({ code: 'conflict', reason: 'storage_full' });
    expect(names()).toEqual(['a', 'b']);
    // Two at once: each counts what the other has put there.
    const half = many.slice(0, 5);
    const both = await Promise.allSettled([add(...half), add(...half)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(attachments.at(channelId, null)).toHaveLength(7);
  });

  it('are none where the server takes none', async () => {
    const { add } = setUp({ maxFileBytes: () => 0 });
    await expect(add('')).rejects.toMatchObject({ code: 'too_large', reason: 'file_too_large' });
  });

  it('are not kept in memory beyond what a device would store', async () => {
    const { storage } = setUp();
    const row = { place: channelId, nonce: null, sequence: 1, name: 'x', mediaType: '' };
    const state = { uploadId: null, file: null, failure: null };
    const add = (n: number, bytes: number) =>
      storage.addAttachments([
        { attachment: { id: idOf(n), bytes, ...row, ...state }, blob: new Blob() },
      ]);
    await add(1, maxStoredBytes - 1);
    await expect(add(2, 2)).rejects.toMatchObject({ code: 'conflict', reason: 'storage_full' });
    await add(3, 1);
  });

  it('are forgotten here and on the server when they are taken away', async () => {
    const { attachments, storage, drafts, ended, told, add, at, uploadOf, finish } = setUp();
    attachments.setOnline(true);
    const theirs = aFile(idOf(3));
    drafts.set(channelId, [theirs]);
    await add('a', 'b', 'c');
    await settle();
    await finish('a', 7);
    uploadOf('b').request.onBegun(idOf(8));
    for (const { id } of at()) await attachments.detach(channelId, null, id);
    expect(at()).toEqual([]);
    expect(drafts.get(channelId)).toEqual([]);
    expect(await storage.loadAttachments()).toEqual([]);
    // The server would change the draft itself, as if another device had, before it is told what it is by now.
    await settle();
    expect(ended).toEqual([]);
    for (const go of told) go();
    await settle();
    expect(ended).toEqual([theirs.id, idOf(7), idOf(8)]);
    expect(uploadOf('b').request.signal.aborted).toBe(true);
    // What comes of it yet is nothing to anybody.
    await finish('b', 8);
    expect(at()).toEqual([]);
    expect(await storage.loadAttachments()).toEqual([]);
  });

  it('wait for a connection, and go on where they were', async () => {
    const { attachments, add, at, uploads, uploadOf } = setUp();
    await add('a');
    await settle(60_000);
    expect(uploads).toEqual([]);
    attachments.setOnline(true);
    await settle();
    uploadOf('a').request.onBegun(idOf(7));
    attachments.setOnline(false);
    expect(uploadOf('a').request.signal.aborted).toBe(true);
    uploadOf('a').reject(new ParleyError('unavailable', 'stopped'));
    await settle(60_000);
    expect(at()).toMatchObject([{ state: 'waiting' }]);
    expect(uploads).toHaveLength(1);
    attachments.setOnline(true);
    await settle();
    expect(uploads.map(({ request }) => request.uploadId)).toEqual([null, idOf(7)]);
  });

  it('are tried again after what may pass, longer each time, and anew where they are gone', async () => {
    const { attachments, add, uploads, uploadOf, at } = setUp();
    attachments.setOnline(true);
    await add('a');
    await settle();
    for (const waitMs of [500, 1_000, 2_000]) {
      uploadOf('a').request.onBegun(idOf(7));
      uploadOf('a').reject(new ParleyError('unavailable', 'cut'));
      await settle(waitMs - 1);
      const before = uploads.length;
      await settle(1);
      expect(uploads.length).toBe(before + 1);
    }
    // What got through makes it a first attempt again.
    uploadOf('a').request.onAccepted();
    uploadOf('a').reject(new ParleyError('rate_limited', 'wait', { retryAfterMs: 3_000 }));
    await settle(3_499);
    expect(uploads).toHaveLength(4);
    await settle(1);
    expect(uploadOf('a').request.uploadId).toBe(idOf(7));
    uploadOf('a').request.onProgress(1);
    uploadOf('a').reject(new ParleyError('unavailable', 'gone', { reason: 'upload_gone' }));
    await settle();
    expect(at()).toMatchObject([{ state: 'waiting', sentBytes: 0 }]);
    await settle(1_000);
    expect(uploads).toHaveLength(6);
    expect(uploadOf('a').request.uploadId).toBeNull();
  });

  it('fail for good with what the server says, until the person tries again', async () => {
    const { attachments, storage, add, at, uploads, uploadOf } = setUp();
    attachments.setOnline(true);
    await add('a');
    await settle();
    const refusal = { reason: 'file_too_large' };
    uploadOf('a').reject(new ParleyError('too_large', 'No.', refusal));
    await settle(60_000);
    expect(uploads).toHaveLength(1);
    const failure = { code: 'too_large', reason: 'file_too_large' };
    expect(at()).toMatchObject([{ state: 'failed', failure }]);
    expect(await storage.loadAttachments()).toMatchObject([{ failure }]);
    expect(attachments.isIdle).toBe(true);
    attachments.retry([at()[0]?.id ?? '']);
    await settle();
    expect(uploads).toHaveLength(2);
    expect(at()).toMatchObject([{ state: 'uploading', failure: null }]);
    expect(await storage.loadAttachments()).toMatchObject([{ failure: null }]);
  });

  it('are uploaded once more where the server does not take a draft with them, and only then left out', async () => {
    const { attachments, drafts, add, at, uploads, finish } = setUp();
    attachments.setOnline(true);
    const theirs = aFile(idOf(3));
    drafts.set(channelId, [theirs]);
    await add('a');
    await settle();
    await finish('a', 7);
    await attachments.renewAt(channelId, null);
    await settle();
    expect(drafts.get(channelId)).toEqual([theirs]);
    expect(uploads).toHaveLength(2);
    await finish('a', 8);
    expect(drafts.get(channelId)?.map(({ id }) => id)).toEqual([theirs.id, idOf(8)]);
    await attachments.renewAt(channelId, null);
    expect(at().map(({ name }) => name)).toEqual(['a']);
    expect(uploads).toHaveLength(2);
  });

  it('are gone with the draft that another device has sent, bytes and all', async () => {
    const { attachments, drafts, add, at, finish } = setUp();
    attachments.setOnline(true);
    await add('a', 'b');
    await settle();
    await finish('a', 7);
    const [a] = at();
    const gone = drafts.get(channelId) ?? [];
    drafts.set(channelId, []);
    expect(attachments.filesGone(channelId, gone)).toEqual([a?.id]);
    expect(at().map(({ name }) => name)).toEqual(['b']);
  });
});

describe('a message with files', () => {
  async function online(): Promise<OutboxWorld> {
    const world = new OutboxWorld();
    await settle(storageTakesMs);
    world.goOnline();
    return world;
  }
  const attach = async (world: OutboxWorld, count: number) => {
    for (let n = 0; n < count; n += 1) world.attach(channelId);
    await settle(storageTakesMs * (count + 3));
  };
  const shown = (world: OutboxWorld) =>
    world.pending().map(({ text, state }) => `${text} ${state}`);

  it('is sent once all of them are uploaded, and those behind it wait', async () => {
    const world = await online();
    await attach(world, 3);
    world.writeWithFiles(channelId);
    world.write(channelId);
    await settle(storageTakesMs * 3);
    expect(world.attachments.at(channelId, null)).toEqual([]);
    const files = () => world.pending()[0]?.attachments.map(({ state }) => state);
    expect(files()).toEqual(['uploading', 'uploading', 'waiting']);
    world.answerUpload(1, 'done');
    world.answerUpload(0, 'done');
    await settle(storageTakesMs * 3);
    expect(world.waiting).toEqual([]);
    expect(shown(world)).toEqual(['text 1 queued', 'text 2 queued']);
    world.answerUpload(0, 'done');
    await settle(storageTakesMs * 3);
    expect(world.waiting.map(({ input }) => [input.text, input.fileIds?.length])).toEqual([
      ['text 1', 3],
    ]);
    world.answer(0, 'done');
    await settle(storageTakesMs * 3);
    expect(world.wrongs).toEqual([]);
    expect(world.durableFiles.size).toBe(0);
    expect(world.waiting.map(({ input }) => input.text)).toEqual(['text 2']);
  });

  it('fails with an upload that fails for good, and is tried again with it', async () => {
    const world = await online();
    await attach(world, 1);
    world.writeWithFiles(channelId);
    world.write(channelId);
    await settle(storageTakesMs * 3);
    world.answerUpload(0, 'forbidden');
    await settle(storageTakesMs * 3);
    expect(shown(world)).toEqual(['text 1 failed', 'text 2 sending']);
    const [failed] = world.pending();
    expect(failed).toMatchObject({
      failure: { code: 'forbidden' },
      attachments: [{ state: 'failed' }],
    });
    await world.crash(false);
    await settle(storageTakesMs * 3);
    expect(world.pending()[0]).toMatchObject({ state: 'failed', failure: { code: 'forbidden' } });
    world.goOnline();
    void world.outbox.retry(failed?.nonce ?? '');
    await settle(storageTakesMs * 3);
    world.answerUpload(0, 'done');
    await settle(storageTakesMs * 3);
    for (let n = 0; n < 2; n += 1) {
      world.answer(0, 'done');
      await settle(storageTakesMs * 3);
    }
    expect(world.posted.map(({ text }) => text).sort()).toEqual(['text 1', 'text 2']);
    expect(world.wrongs).toEqual([]);
  });

  it('comes with what was uploaded anew, where the server has forgotten it meanwhile, but once', async () => {
    const world = await online();
    await attach(world, 2);
    world.answerUpload(0, 'done');
    world.answerUpload(0, 'done');
    await settle(storageTakesMs * 3);
    world.expireUploads();
    world.writeWithFiles(channelId);
    await settle(storageTakesMs * 3);
    world.answer(0, 'done');
    await settle(storageTakesMs * 3);
    expect(shown(world)).toEqual(['text 1 queued']);
    expect(world.uploading).toHaveLength(2);
    world.answerUpload(0, 'done');
    world.answerUpload(0, 'done');
    await settle(storageTakesMs * 3);
    expect(world.waiting).toHaveLength(1);
    world.expireUploads();
    world.answer(0, 'done');
    await settle(storageTakesMs * 3);
    expect(world.pending()).toMatchObject([
      { state: 'failed', failure: { code: 'not_found', reason: 'no_such_file' } },
    ]);
    void world.outbox.retry(world.pending()[0]?.nonce ?? '');
    await settle(storageTakesMs * 3);
    world.answer(0, 'done');
    await settle(storageTakesMs * 3);
    expect(world.uploading).toHaveLength(2);
    world.answerUpload(0, 'done');
    world.answerUpload(0, 'done');
    await settle(storageTakesMs * 3);
    world.answer(0, 'done');
    await settle(storageTakesMs);
    expect(world.postedFiles()).toEqual(['file 1', 'file 2']);
  });

  it('gives its files back to its place, before those that came since, and forgets them when discarded', async () => {
    const world = await online();
    await attach(world, 2);
    world.writeWithFiles(channelId);
    await settle(storageTakesMs * 3);
    await attach(world, 1);
    world.takeBack(0);
    await settle(storageTakesMs * 5);
    expect(world.pending()).toEqual([]);
    expect(world.files()).toEqual(['file 1', 'file 2', 'file 3']);
    await world.crash(false);
    await settle(storageTakesMs * 3);
    expect(world.files()).toEqual(['file 1', 'file 2', 'file 3']);
    world.writeWithFiles(channelId);
    await settle(storageTakesMs * 3);
    world.discard(0);
    await settle(storageTakesMs * 3);
    expect(world.files()).toEqual([]);
    expect(world.durableFiles.size).toBe(0);
  });

  it('leaves its files where they were when it cannot be stored', async () => {
    const world = await online();
    await attach(world, 2);
    world.storage.isBroken = true;
    world.writeWithFiles(channelId);
    await settle(storageTakesMs * 5);
    expect(world.pending()).toEqual([]);
    expect(world.files()).toEqual(['file 1', 'file 2']);
  });
});
