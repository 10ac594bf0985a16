import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;
let guest: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
  guest = await server.register('gus', 'guest');
});
beforeEach(() => allow(true));
afterAll(() => server.close());

const allow = (readReceipts: boolean) => talk.ask(server.owner, 'settings.set', { readReceipts });
const readers = (who: SignedIn, messageId: string, page: { after?: string; limit?: number } = {}) =>
  talk.ask(who, 'message.readers', { messageId, ...page });
const mark = (who: SignedIn, channelId: string, number: number) =>
  talk.ask(who, 'read.mark', { channelId, number });
const idsOf = (...people: SignedIn[]) => people.map(({ user }) => user.id).sort();

describe('message.readers', () => {
  it('are those who have read as far, and are no more when they take it back', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max, zoe]);
    const first = await talk.post(mia, channelId, 'one');
    const second = await talk.post(mia, channelId, 'two');
    const nobody = { userIds: [], total: 0, outOf: 2, next: null };
    expect(await readers(mia, first.id)).toEqual(nobody);
    await mark(max, channelId, 1);
    const one = { userIds: idsOf(max), total: 1, outOf: 2, next: null };
    expect(await readers(mia, first.id)).toEqual(one);
    expect(await readers(mia, second.id)).toEqual(nobody);
    // Whoever writes has read what is above.
    await talk.post(zoe, channelId, 'three');
    expect(await readers(mia, first.id)).toEqual({ ...one, userIds: idsOf(max, zoe), total: 2 });
    await talk.ask(max, 'read.markUnread', { channelId, number: 1 });
    expect(await readers(mia, first.id)).toEqual({ ...one, userIds: idsOf(zoe) });
  });

  it('are not those who came later, who begin with nothing unread', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const before = await talk.post(mia, channelId, 'before');
    await talk.ask(mia, 'channel.addMembers', { channelId, userIds: idsOf(zoe) });
    const after = await talk.post(mia, channelId, 'after');
    await mark(zoe, channelId, 1_000);
    expect(await readers(mia, before.id)).toMatchObject({ userIds: [], outOf: 1 });
    expect(await readers(mia, after.id)).toMatchObject({ userIds: idsOf(zoe), outOf: 2 });
  });

  it('come page by page in the order of their ids, each page with the whole count', async () => {
    const people = [max, zoe, guest, server.owner];
    const { id: channelId } = await talk.channel(mia, 'private', people);
    const { id } = await talk.post(mia, channelId, 'read me');
    for (const person of people) await mark(person, channelId, 1);
    const found: string[] = [];
    let after: string | null = null;
    do {
      const page = await readers(mia, id, { limit: 2, ...(after !== null && { after }) });
      expect(page).toMatchObject({ total: 4, outOf: 4 });
      expect(page.userIds).toHaveLength(2);
      found.push(...page.userIds);
      after = page.next;
    } while (after !== null);
    expect(found).toEqual(idsOf(...people));
  });

  it('are told to the author alone', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    const { id } = await talk.post(mia, channelId, 'mine');
    const attempts = [max, zoe, server.owner].map((who) => readers(who, id));
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'forbidden'));
    expect(await readers(mia, id)).toMatchObject({ total: 0 });
  });

  it('are told to nobody unless the workspace allows it', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const { id } = await talk.post(mia, channelId, 'mine');
    await allow(false);
    expect(await refusals([readers(mia, id)])).toEqual(['forbidden read_receipts_off']);
    await expect(readers(mia, id)).rejects.toThrow(
      'This workspace does not show who has read a message.',
    );
  });

  it.each([true, false])(
    'say nothing of a message that one may not see: allowed %s',
    async (on) => {
      await allow(on);
      const shut = await talk.post(mia, (await talk.channel(mia, 'private')).id, 'hidden');
      const open = await talk.post(mia, (await talk.channel(mia, 'public')).id, 'for members');
      const attempts = [readers(zoe, shut.id), readers(guest, open.id)];
      expect(await refusals(attempts)).toEqual(['not_found', 'not_found']);
    },
  );

  it('are no more told to an author who may not see the conversation any more', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const { id } = await talk.post(max, channelId, 'mine');
    await talk.ask(mia, 'channel.removeMember', { channelId, userId: max.user.id });
    expect(await refusals([readers(max, id)])).toEqual(['not_found']);
  });

  it('of a deleted message nobody hears', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max]);
    const { id } = await talk.post(mia, channelId, 'mine');
    await talk.ask(mia, 'message.delete', { messageId: id });
    expect(await refusals([readers(mia, id)])).toEqual(['conflict deleted']);
  });

  it('of a reply in a thread are those who said that they have read the thread so far', async () => {
    const { id: channelId } = await talk.channel(mia, 'private', [max, zoe]);
    const root = await talk.post(max, channelId, 'root');
    const reply = (text: string, alsoToChannel = false) =>
      talk.post(mia, channelId, text, { threadRootId: root.id, alsoToChannel });
    const inThread = [await reply('one'), await reply('two')];
    const inBoth = await reply('three', true);
    await mark(zoe, channelId, 1_000);
    await talk.ask(max, 'thread.markRead', { messageId: root.id, number: 1 });
    const found = await Promise.all(
      [...inThread, inBoth].map(async ({ id }) => (await readers(mia, id)).userIds),
    );
    expect(found).toEqual([idsOf(max), [], idsOf(zoe)]);
    expect(await readers(mia, inThread[1]?.id ?? '')).toMatchObject({ total: 0, outOf: 2 });
  });
});
