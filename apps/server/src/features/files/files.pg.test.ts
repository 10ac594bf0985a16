import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandInput } from '@parley/shared/protocol/commands.ts';
import { maxFilesPerMessage, type File } from '@parley/shared/protocol/file.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, headings, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';
import { beginUpload, fetchFile, locationOf, tus, upload } from '../../../test/uploads.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let channelId: string;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  channelId = (await talk.channel(mia, 'private', [max])).id;
});
afterAll(() => server.close());

const fileOf = (who = mia, name = 'notes.txt') => upload(server, who, { name });
type Post = Partial<CommandInput<'message.post'>>;
const post = async (fileIds: string[], more: Post = {}, who = mia) =>
  (
    await talk.ask(who, 'message.post', {
      ...{ channelId, text: 'see this', nonce: randomUUID(), fileIds, ...more },
    })
  ).message;
const unfinished = async (who = mia) =>
  locationOf(await beginUpload(server, who, 10))
    .split('/')
    .at(-1) ?? '';
const history = async (id = channelId) =>
  (await talk.ask(max, 'message.history', { channelId: id, limit: 50 })).messages;
const isOnDisk = async ({ id }: File) =>
  (await readdir(join(server.filesFolder, id.slice(-2)))).some((name) => name.startsWith(id));

describe('message.post', () => {
  it('takes files along in their order, for everybody who reads it', async () => {
    const [one, two] = [await fileOf(), await fileOf(mia, 'second.txt')];
    const { output, told } = await talk.telling(() => post([two.id, one.id], { text: '' }));
    expect(output.files).toEqual([two, one]);
    expect(headings(told)).toEqual([['message.posted', `channel:${channelId}`]]);
    expect(told[0]?.data).toMatchObject({ message: { files: [two, one] } });
    const { message } = await talk.ask(max, 'message.get', { messageId: output.id });
    expect([message.text, message.files]).toEqual(['', [two, one]]);
    expect((await history()).at(-1)?.files).toEqual([two, one]);
  });

  it('gives a retry the first result, and is another post with other files', async () => {
    const [one, two] = [await fileOf(), await fileOf()];
    const nonce = randomUUID();
    const first = await post([one.id], { nonce });
    expect(await post([one.id], { nonce })).toEqual(first);
    // Also where many post at once, so that nobody looks for repetitions by itself.
    const asides = (n: number) =>
      Array.from({ length: n }, (_, count) =>
        talk.hand(max, 'message.post', {
          ...{ channelId, text: `aside ${count}`, nonce: randomUUID() },
        }),
      );
    // The server knows who they are then, and takes all up in one turn.
    await Promise.all(asides(1));
    const batch = await Promise.all([
      ...asides(10),
      talk.hand(mia, 'message.post', { channelId, text: 'see this', nonce, fileIds: [one.id] }),
      ...asides(10),
    ]);
    expect(batch[10]?.message).toEqual(first);
    const other = [[two.id], [one.id, two.id], []].map((ids) => post(ids, { nonce }));
    expect(await refusals(other)).toEqual(Array(3).fill('conflict nonce_used'));
    // A post without files has the hash that it had before there were any.
    const plain = { nonce: randomUUID(), text: 'plain' };
    const message = await talk.post(mia, channelId, plain.text, plain);
    expect(await post([], plain)).toEqual(message);
  });

  it('takes only what one has uploaded, whole, once', async () => {
    const [used, gone, theirs] = [await fileOf(), await fileOf(), await fileOf(max)];
    await post([used.id]);
    await talk.ask(mia, 'file.delete', { fileId: gone.id });
    const attempts = [used.id, gone.id, theirs.id, randomUUID(), await unfinished()];
    const good = await fileOf();
    const { told } = await talk.telling(async () => {
      expect(await refusals(attempts.map((id) => post([good.id, id])))).toEqual([
        'conflict file_attached',
        'not_found no_such_file',
        'not_found no_such_file',
        'not_found no_such_file',
        'conflict upload_incomplete',
      ]);
    });
    expect(told).toEqual([]);
    // The good one of each refused attempt is still to be had.
    expect((await post([good.id])).files).toEqual([good]);
  });

  it('refuses a file twice, too many of them, and nothing at all', async () => {
    const { id } = await fileOf();
    const many = Array.from({ length: maxFilesPerMessage + 1 }, () => randomUUID());
    const attempts = [post([id, id]), post(many), post([], { text: '' }), post([], { text: ' ' })];
    expect(await refusals(attempts)).toEqual(Array(4).fill('invalid_input'));
    expect((await post([id], { text: ' ' })).files).toHaveLength(1);
  });

  it('of two messages at once that name one file, one has it', async () => {
    const file = await fileOf();
    const hand = () =>
      talk.hand(mia, 'message.post', {
        channelId,
        text: '',
        nonce: randomUUID(),
        fileIds: [file.id],
      });
    const outcomes = await refusals([hand(), hand(), hand()]);
    expect(outcomes.sort()).toEqual(['conflict file_attached', 'conflict file_attached', 'done']);
    expect((await history()).filter(({ files }) => files[0]?.id === file.id)).toHaveLength(1);
  });

  it('in a thread and beside it: the same, and the root keeps its own', async () => {
    const [first, second, third] = [await fileOf(), await fileOf(max), await fileOf()];
    const root = await post([first.id]);
    const reply = await post([second.id], { threadRootId: root.id, text: '' }, max);
    expect(reply.files).toEqual([second]);
    const shown = await post([third.id], { threadRootId: root.id, alsoToChannel: true });
    expect([shown.number, shown.files]).toEqual([expect.any(Number), [third]]);
    const { message } = await talk.ask(max, 'message.get', { messageId: root.id });
    expect([message.replyCount, message.files]).toEqual([2, [first]]);
  });
});

describe('message.edit', () => {
  it('may leave a message of files alone without words, and no other', async () => {
    const message = await post([(await fileOf()).id]);
    const edited = await talk.ask(mia, 'message.edit', { messageId: message.id, text: '' });
    expect(edited.message).toMatchObject({ text: '', files: message.files });
    const plain = await talk.post(mia, channelId, 'words');
    const attempts = ['', ' \u200b '].map((empty) =>
      talk.ask(mia, 'message.edit', { messageId: plain.id, text: empty }),
    );
    expect(await refusals(attempts)).toEqual(['invalid_input', 'invalid_input']);
  });
});

describe('message.delete', () => {
  it('takes the files along, from the disk too', async () => {
    const file = await fileOf();
    const message = await post([file.id]);
    const { output, told } = await talk.telling(() =>
      talk.ask(mia, 'message.delete', { messageId: message.id }),
    );
    expect(output.message.files).toEqual([]);
    expect(told).toMatchObject([{ type: 'message.deleted', data: { message: { files: [] } } }]);
    await expect.poll(() => isOnDisk(file)).toBe(false);
    expect(await refusals([post([file.id])])).toEqual(['not_found no_such_file']);
  });
});

describe('file.delete', () => {
  it('leaves the message without it', async () => {
    const [one, two] = [await fileOf(), await fileOf()];
    const message = await post([one.id, two.id]);
    const { told } = await talk.telling(() => talk.ask(mia, 'file.delete', { fileId: one.id }));
    expect(told).toMatchObject([
      {
        type: 'message.edited',
        audience: `channel:${channelId}`,
        data: { message: { id: message.id, text: 'see this', files: [two], editedAt: null } },
      },
    ]);
    await expect.poll(() => isOnDisk(one)).toBe(false);
    expect(await isOnDisk(two)).toBe(true);
    expect(await refusals([talk.ask(mia, 'file.delete', { fileId: one.id })])).toEqual([
      'not_found',
    ]);
  });

  it('deletes a message that says nothing else, and counts it no more in its thread', async () => {
    const root = await talk.post(mia, channelId, 'root');
    const file = await fileOf(max);
    const reply = await post([file.id], { threadRootId: root.id, text: '' }, max);
    const { told } = await talk.telling(() => talk.ask(max, 'file.delete', { fileId: file.id }));
    expect(told).toMatchObject([
      { type: 'message.deleted', data: { message: { id: reply.id, files: [] } } },
      { type: 'thread.updated', data: { root: { id: root.id, replyCount: 0 } } },
    ]);
  });

  it('is for who uploaded it, and for admins of the channel', async () => {
    const mine = await fileOf(max);
    const message = await post([mine.id], {}, max);
    const loose = await fileOf(max);
    const stranger = await server.register('stranger');
    const member = await server.register('member');
    await talk.ask(mia, 'channel.addMembers', { channelId, userIds: [member.user.id] });
    const attempts = [
      talk.ask(stranger, 'file.delete', { fileId: mine.id }),
      talk.ask(member, 'file.delete', { fileId: mine.id }),
      talk.ask(mia, 'file.delete', { fileId: loose.id }),
      talk.ask(server.owner, 'file.delete', { fileId: mine.id }),
    ];
    expect(await refusals(attempts)).toEqual(['not_found', 'forbidden', 'not_found', 'not_found']);
    // Who made the channel is an admin there.
    const { told } = await talk.telling(() => talk.ask(mia, 'file.delete', { fileId: mine.id }));
    expect(told).toMatchObject([{ data: { message: { id: message.id, files: [] } } }]);
    const open = (await talk.channel(max, 'public')).id;
    const shown = await fileOf(max);
    await post([shown.id], { channelId: open }, max);
    await talk.ask(server.owner, 'channel.join', { channelId: open });
    expect(await talk.ask(server.owner, 'file.delete', { fileId: shown.id })).toEqual({});
  });

  it('deletes what was not sent, in drafts too', async () => {
    const [one, two] = [await fileOf(), await fileOf()];
    const place = { channelId };
    await talk.ask(mia, 'draft.set', { ...place, text: '', fileIds: [one.id, two.id] });
    const first = await talk.telling(() => talk.ask(mia, 'file.delete', { fileId: one.id }));
    expect(first.told).toMatchObject([
      { type: 'draft.updated', audience: `user:${mia.user.id}`, data: { draft: { files: [two] } } },
    ]);
    const snapshot = await talk.ask(mia, 'sync.bootstrap', {});
    expect(snapshot.drafts).toEqual([first.told[0]?.data.draft]);
    const second = await talk.telling(() =>
      tus(server, mia, 'DELETE', `/api/v1/files/${two.id}`).then(({ status }) => status),
    );
    expect(second.output).toBe(204);
    expect(second.told).toMatchObject([{ type: 'draft.updated', data: { draft: null } }]);
    expect((await talk.ask(mia, 'draft.list', {})).drafts).toEqual([]);
  });
});

it('an upload that was sent is not given up by who uploaded it', async () => {
  const file = await fileOf();
  await post([file.id]);
  const answer = await tus(server, mia, 'DELETE', `/api/v1/files/${file.id}`);
  expect([answer.status, await answer.json()]).toMatchObject([409, { reason: 'file_attached' }]);
  expect((await fetchFile(server, max, file.id)).status).toBe(200);
});

describe('draft.set', () => {
  it('keeps files with the words or without, for all devices', async () => {
    const [one, two] = [await fileOf(), await fileOf()];
    const set = (words: string, fileIds: string[], basedOn?: number) =>
      talk.ask(mia, 'draft.set', {
        ...{ channelId, text: words, fileIds, ...(basedOn !== undefined && { basedOn }) },
      });
    const first = await talk.telling(() => set('', [one.id, two.id], 0));
    expect(first.output.draft?.files).toEqual([one, two]);
    expect(first.told).toMatchObject([{ data: { draft: { text: '', files: [one, two] } } }]);
    expect((await talk.ask(mia, 'sync.bootstrap', {})).drafts).toEqual([first.output.draft]);
    // The same is no news; other files, or the same in another order, are.
    const same = await talk.telling(() => set('', [one.id, two.id], 0));
    expect(same).toEqual({ output: first.output, told: [] });
    const turned = await set('', [two.id, one.id], first.output.position);
    expect(turned.draft?.files).toEqual([two, one]);
    expect(await set('', [one.id], first.output.position)).toMatchObject({ ok: false });
    const plain = await talk.ask(mia, 'draft.set', { channelId, text: 'words alone' });
    expect(plain.draft?.files).toEqual([]);
    await talk.ask(mia, 'draft.clear', { channelId });
    expect((await fetchFile(server, mia, one.id)).status).toBe(200);
  });

  it('takes only what one has uploaded, whole, and not sent', async () => {
    const sent = await fileOf();
    await post([sent.id]);
    const attempts = [sent.id, (await fileOf(max)).id, randomUUID(), await unfinished()];
    const set = (fileIds: string[]) => talk.ask(mia, 'draft.set', { channelId, text: '', fileIds });
    expect(await refusals(attempts.map((id) => set([id])))).toEqual([
      'conflict file_attached',
      'not_found no_such_file',
      'not_found no_such_file',
      'conflict upload_incomplete',
    ]);
    expect(await refusals([set([])])).toEqual(['invalid_input']);
  });

  it('is sent with its files, and cleared as it was', async () => {
    const file = await fileOf();
    const { position } = await talk.ask(mia, 'draft.set', {
      channelId,
      text: '',
      fileIds: [file.id],
    });
    expect((await post([file.id], { text: '' })).files).toEqual([file]);
    expect(await talk.ask(mia, 'draft.clear', { channelId, basedOn: position })).toMatchObject({
      ok: true,
    });
  });
});

describe('file.list', () => {
  it('has the files of a channel page by page, the latest first, for who may read it', async () => {
    const { id } = await talk.channel(mia, 'private', [max]);
    const sent: File[][] = [];
    for (let count = 0; count < 3; count += 1) {
      const files = [await fileOf(), await fileOf()];
      await post(
        files.map((file) => file.id),
        { channelId: id },
      );
      sent.unshift(files);
    }
    await talk.post(mia, id, 'no files here');
    const expected = sent.flat();
    const found: File[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await talk.ask(max, 'file.list', {
        channelId: id,
        limit: 4,
        ...(after && { after }),
      });
      for (const { file, message } of page.files) {
        expect(message).toMatchObject({ channelId: id, authorId: mia.user.id });
        expect(message.files).toContainEqual(file);
        expect(message).not.toHaveProperty('nonce');
        found.push(file);
      }
      if (page.next === null) break;
      after = page.next;
      // What ended a page may be deleted before the next.
      if (found.length === 4) await talk.ask(mia, 'file.delete', { fileId: after });
    }
    expect(found).toEqual(expected);
    const left = await talk.ask(max, 'file.list', { channelId: id });
    expect(left.files.map(({ file }) => file)).toEqual(expected.filter((_, index) => index !== 3));
    const stranger = await server.register('nosy');
    const elsewhere = (await fileOf(max)).id;
    const attempts = [
      talk.ask(stranger, 'file.list', { channelId: id }),
      talk.ask(max, 'file.list', { channelId: id, after: randomUUID() }),
      talk.ask(max, 'file.list', { channelId: id, after: elsewhere }),
    ];
    expect(await refusals(attempts)).toEqual(['not_found', 'invalid_input', 'invalid_input']);
  });
});
