import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxDrafts } from '@parley/shared/protocol/draft.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, headings, refusals } from '../../../test/conversations.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';

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
});
afterAll(() => server.close());

const room = async () => (await talk.channel(mia, 'private', [max])).id;
const begun = async (who = mia) => (await talk.ask(who, 'draft.list', {})).drafts;
const begunIn = async (id: string) => (await begun()).filter((draft) => draft.channelId === id);

describe('draft.set', () => {
  it("keeps the text for all of the person's devices and tells nobody else", async () => {
    channelId = await room();
    const { output, told } = await talk.telling(() =>
      talk.ask(mia, 'draft.set', { channelId, text: 'Dear all', basedOn: 0 }),
    );
    const { draft } = output;
    expect(draft).toMatchObject({ channelId, threadRootId: null, text: 'Dear all' });
    expect(output).toMatchObject({ ok: true, position: draft?.version });
    const data = { channelId, threadRootId: null, draft };
    expect(told).toEqual([{ type: 'draft.updated', audience: `user:${mia.user.id}`, data }]);
    const snapshot = await talk.ask(mia, 'sync.bootstrap', {});
    expect(snapshot.drafts).toEqual([draft]);
    expect(await begun(max)).toEqual([]);
    expect((await talk.ask(max, 'sync.bootstrap', {})).drafts).toEqual([]);
  });

  it('has one for the conversation and one for each of its threads', async () => {
    const id = await room();
    const root = await talk.post(max, id, 'what do you think?');
    await talk.ask(mia, 'draft.set', { channelId: id, text: 'to all' });
    await talk.ask(mia, 'draft.set', { channelId: id, threadRootId: root.id, text: 'in thread' });
    expect((await begunIn(id)).map(({ threadRootId, text }) => [threadRootId, text])).toEqual([
      [root.id, 'in thread'],
      [null, 'to all'],
    ]);
  });

  it('goes on from the version that the device knew, and changes nothing from another', async () => {
    const id = await room();
    const set = (text: string, basedOn?: number) =>
      talk.ask(mia, 'draft.set', {
        channelId: id,
        text,
        ...(basedOn !== undefined && { basedOn }),
      });
    const first = await set('a', 0);
    const second = await set('a b', first.position);
    expect(second).toMatchObject({ ok: true, draft: { text: 'a b' } });
    const late = await talk.telling(() => set('a c', first.position));
    expect(late).toEqual({ output: { ...second, ok: false }, told: [] });
    // The same words are no conflict, whatever they were made from.
    const same = await talk.telling(() => set('a b', 0));
    expect(same).toEqual({ output: second, told: [] });
    expect(await set('all anew')).toMatchObject({ ok: true, draft: { text: 'all anew' } });
  });

  it('lets one of two devices through that change the same version in the same instant', async () => {
    const id = await room();
    const { position } = await talk.ask(mia, 'draft.set', { channelId: id, text: 'both know' });
    const outcomes = await Promise.all(
      ['here', 'there'].map((text) =>
        talk.hand(mia, 'draft.set', { channelId: id, text, basedOn: position }),
      ),
    );
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false]);
    expect(outcomes.map(({ draft }) => draft?.text)).toEqual(['here', 'here']);
  });

  it('is for those in the conversation, and for threads that there are', async () => {
    const open = await talk.channel(max, 'public');
    const shut = await talk.channel(max, 'private');
    const root = await talk.post(max, shut.id, 'a secret');
    const mine = await room();
    const gone = await talk.post(mia, mine, 'taken back');
    await talk.ask(mia, 'message.delete', { messageId: gone.id });
    const set = (id: string, threadRootId?: string) =>
      talk.ask(mia, 'draft.set', {
        channelId: id,
        text: 'x',
        ...(threadRootId && { threadRootId }),
      });
    const attempts = [set(open.id), set(shut.id), set(mine, root.id), set(mine, gone.id)];
    expect(await refusals(attempts)).toEqual([
      'forbidden not_a_member',
      'not_found',
      'not_found',
      'conflict deleted',
    ]);
  });

  it('refuses more than a hundred, and goes on with those that there are', async () => {
    const zoe = await server.register('zoe');
    const id = (await talk.channel(zoe, 'private')).id;
    const roots = [];
    for (let n = 0; n < maxDrafts; n += 1) roots.push(await talk.post(zoe, id, `topic ${n}`));
    for (const { id: threadRootId } of roots) {
      await talk.ask(zoe, 'draft.set', { channelId: id, threadRootId, text: 'begun' });
    }
    const one = { channelId: id, text: 'one more' };
    expect(await refusals([talk.ask(zoe, 'draft.set', one)])).toEqual(['conflict too_many_drafts']);
    const threadRootId = roots[0]?.id ?? '';
    const again = { channelId: id, threadRootId, text: 'changed' };
    expect(await talk.ask(zoe, 'draft.set', again)).toMatchObject({ ok: true });
    await talk.ask(zoe, 'draft.clear', { channelId: id, threadRootId });
    expect(await talk.ask(zoe, 'draft.set', one)).toMatchObject({ ok: true });
    expect(await begun(zoe)).toHaveLength(maxDrafts);
  });
});

describe('draft.clear', () => {
  it('forgets the draft once, of a thread whose root is deleted too', async () => {
    const id = await room();
    const root = await talk.post(mia, id, 'taken back later');
    const place = { channelId: id, threadRootId: root.id };
    const { position } = await talk.ask(mia, 'draft.set', { ...place, text: 'a reply' });
    await talk.ask(mia, 'message.delete', { messageId: root.id });
    const clear = () => talk.ask(mia, 'draft.clear', { ...place, basedOn: position });
    const first = await talk.telling(clear);
    expect(first.output).toMatchObject({ ok: true, draft: null });
    expect(first.told).toEqual([
      { type: 'draft.updated', audience: `user:${mia.user.id}`, data: { ...place, draft: null } },
    ]);
    const again = await talk.telling(clear);
    expect(again).toEqual({ output: first.output, told: [] });
    expect(await begunIn(id)).toEqual([]);
  });

  it('leaves what another device has changed meanwhile', async () => {
    const id = await room();
    const { position } = await talk.ask(mia, 'draft.set', { channelId: id, text: 'a' });
    const changed = await talk.ask(mia, 'draft.set', { channelId: id, text: 'a, and more' });
    const late = await talk.ask(mia, 'draft.clear', { channelId: id, basedOn: position });
    expect(late).toEqual({ ...changed, ok: false });
    expect((await begunIn(id)).map(({ text }) => text)).toEqual(['a, and more']);
  });
});

it('is gone with the conversation, and does not come back with it', async () => {
  const id = await room();
  await talk.ask(max, 'draft.set', { channelId: id, text: 'half a thought' });
  const place = { channelId: id, userId: max.user.id };
  const { told } = await talk.telling(() => talk.ask(mia, 'channel.removeMember', place));
  expect(headings(told)).toEqual([
    ['membership.removed', `user:${max.user.id}`],
    ['member.left', `channel:${id}`],
  ]);
  expect(await begun(max)).toEqual([]);
  await talk.ask(mia, 'channel.addMembers', { channelId: id, userIds: [max.user.id] });
  expect(await begun(max)).toEqual([]);
  expect((await call(server.url, max.accessToken, 'sync.bootstrap', {})).drafts).toEqual([]);
});
