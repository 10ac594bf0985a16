import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { maxThreadChoices } from '@parley/shared/protocol/thread.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';
import { threadChoices } from '../../database/schema.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
});
afterAll(() => server.close());

async function thread() {
  const { id: channelId } = await talk.channel(mia, 'private', [max, zoe]);
  const root = await talk.post(mia, channelId, 'shall we?');
  const reply = (who: SignedIn, text: string) =>
    talk.post(who, channelId, text, { threadRootId: root.id });
  return { channelId, rootId: root.id, reply };
}

const follow = (who: SignedIn, messageId: string) => talk.ask(who, 'thread.follow', { messageId });
const unfollow = (who: SignedIn, messageId: string) =>
  talk.ask(who, 'thread.unfollow', { messageId });
const chosen = async (who: SignedIn) => (await talk.ask(who, 'sync.bootstrap', {})).threads;

async function followers(messageId: string): Promise<boolean[]> {
  const answers = [mia, max, zoe].map((who) => talk.ask(who, 'message.get', { messageId }));
  return (await Promise.all(answers)).map(({ following }) => following);
}

describe('a thread', () => {
  it('is followed by who began it, who replied, and who was mentioned by name in it', async () => {
    const { rootId, reply } = await thread();
    expect(await followers(rootId)).toEqual([true, false, false]);
    // However many others replied since.
    const first = await reply(max, 'yes');
    for (let n = 0; n < 6; n += 1) await reply(mia, `and ${n}`);
    expect(await followers(rootId)).toEqual([true, true, false]);
    await reply(mia, '@here all of you');
    expect(await followers(rootId)).toEqual([true, true, false]);
    await reply(mia, 'what do you say, @zoe?');
    expect(await followers(rootId)).toEqual([true, true, true]);
    expect(await followers(first.id)).toEqual([true, true, true]);
  });

  it('is followed, or not, by choice, which the person’s devices alone hear of', async () => {
    const { channelId, rootId, reply } = await thread();
    const choice = { channelId, rootId, following: true };
    expect(await talk.telling(() => follow(zoe, rootId))).toEqual({
      output: { choice },
      told: [{ type: 'thread.updated', audience: `user:${zoe.user.id}`, data: { choice } }],
    });
    expect((await talk.telling(() => follow(zoe, rootId))).told).toEqual([]);
    await unfollow(mia, rootId);
    expect(await followers(rootId)).toEqual([false, false, true]);
    // The choice stands, whatever part one has in it.
    await reply(mia, 'I said it all');
    await reply(zoe, '@mia sure?');
    expect(await followers(rootId)).toEqual([false, false, true]);
    expect((await chosen(zoe))[0]).toEqual(choice);
    await follow(mia, rootId);
    expect((await chosen(mia))[0]).toEqual({ channelId, rootId, following: true });
  });

  it('is named by its root, by those in the conversation', async () => {
    const { rootId, reply } = await thread();
    const inThread = await reply(max, 'a reply');
    const stranger = await server.register('stranger');
    const open = await talk.channel(mia, 'public');
    const seen = await talk.post(mia, open.id, 'for all to see');
    const attempts = [follow(max, inThread.id), follow(stranger, rootId), unfollow(max, seen.id)];
    expect(await refusals(attempts)).toEqual([
      'invalid_input',
      'not_found',
      'forbidden not_a_member',
    ]);
  });
});

it('choices are gone with the conversation', async () => {
  const { channelId, rootId } = await thread();
  await unfollow(max, rootId);
  await talk.ask(max, 'channel.leave', { channelId });
  expect((await chosen(max)).filter((choice) => choice.channelId === channelId)).toEqual([]);
  await talk.ask(mia, 'channel.addMembers', { channelId, userIds: [max.user.id] });
  expect(await followers(rootId)).toEqual([true, false, false]);
});

it('of too many choices the oldest is forgotten, which is told', async () => {
  const ada = await server.register('ada');
  const { id: channelId } = await talk.channel(ada, 'private');
  const oldest = await talk.post(ada, channelId, 'the oldest');
  const rest = [];
  for (let n = 0; n < maxThreadChoices; n += 1) {
    rest.push(talk.hand(ada, 'message.post', { channelId, nonce: crypto.randomUUID(), text: 'x' }));
  }
  const roots = await Promise.all(rest);
  await unfollow(ada, oldest.id);
  const last = roots.pop()?.message.id ?? '';
  const rows = roots.map(({ message }) => ({
    userId: ada.user.id,
    rootId: message.id,
    channelId,
    following: false,
    position: 1_000_000,
  }));
  await server.db.insert(threadChoices).values(rows);
  const { told } = await talk.telling(() => unfollow(ada, last));
  expect(told.map(({ data }) => data.choice)).toEqual([
    { channelId, rootId: last, following: false },
    { channelId, rootId: oldest.id, following: null },
  ]);
  expect(await chosen(ada)).toHaveLength(maxThreadChoices);
}, 60_000);
