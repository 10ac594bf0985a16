import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxReactionKinds } from '@parley/shared/protocol/message.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
});
afterAll(() => server.close());

async function messageIn(kind: 'public' | 'private', people: SignedIn[] = []) {
  const { id: channelId } = await talk.channel(mia, kind, people);
  const { id: messageId } = await talk.post(mia, channelId, 'hello');
  return { channelId, messageId };
}

const react = (who: SignedIn, messageId: string, emoji: string) =>
  talk.ask(who, 'reaction.add', { messageId, emoji });
const unreact = (who: SignedIn, messageId: string, emoji: string) =>
  talk.ask(who, 'reaction.remove', { messageId, emoji });

describe('reactions', () => {
  it('count people by emoji, in the order of their first use', async () => {
    const { channelId, messageId } = await messageIn('private', [max]);
    await react(mia, messageId, '🎉');
    await react(mia, messageId, '👍');
    const { output, told } = await talk.telling(() => react(max, messageId, '👍'));
    const reactions = [
      { emoji: '🎉', count: 1, userIds: [mia.user.id] },
      { emoji: '👍', count: 2, userIds: [mia.user.id, max.user.id] },
    ];
    expect(output.reactions).toEqual(reactions);
    const data = { channelId, messageId, userId: max.user.id, emoji: '👍', reactions };
    expect(told).toEqual([{ type: 'reaction.added', audience: `channel:${channelId}`, data }]);
    const { message } = await talk.ask(max, 'message.get', { messageId });
    expect(message.reactions).toEqual(reactions);
    const { messages } = await talk.ask(max, 'message.history', { channelId });
    expect(messages[0]?.reactions).toEqual(reactions);
  });

  it('are there once and gone once, however often one asks', async () => {
    const { channelId, messageId } = await messageIn('private', [max]);
    const first = await react(mia, messageId, ':party_parrot:');
    const again = await talk.telling(() => react(mia, messageId, ':party_parrot:'));
    expect(again).toEqual({ output: first, told: [] });
    const others = await talk.telling(() => unreact(max, messageId, ':party_parrot:'));
    expect(others).toEqual({ output: first, told: [] });
    const { output, told } = await talk.telling(() => unreact(mia, messageId, ':party_parrot:'));
    expect(output.reactions).toEqual([]);
    const emoji = ':party_parrot:';
    const data = { channelId, messageId, userId: mia.user.id, emoji, reactions: [] };
    expect(told).toEqual([{ type: 'reaction.removed', audience: `channel:${channelId}`, data }]);
    expect(await talk.telling(() => unreact(mia, messageId, emoji))).toEqual({ output, told: [] });
  });

  it('are of so many kinds and no more; a known kind always fits', async () => {
    const { messageId } = await messageIn('private', [max]);
    const kinds = Array.from({ length: maxReactionKinds }, (_, index) => `:kind${index}:`);
    await Promise.all(kinds.map((emoji) => react(mia, messageId, emoji)));
    expect(await refusals([react(mia, messageId, '👍'), react(max, messageId, '👍')])).toEqual([
      'conflict too_many_reactions',
      'conflict too_many_reactions',
    ]);
    const { reactions } = await react(max, messageId, ':kind7:');
    expect(reactions).toHaveLength(maxReactionKinds);
    expect(reactions.find(({ emoji }) => emoji === ':kind7:')?.count).toBe(2);
    await unreact(mia, messageId, ':kind0:');
    expect((await react(max, messageId, '👍')).reactions.at(-1)?.emoji).toBe('👍');
  });

  it('are for those in the channel, on messages that are there', async () => {
    const open = await messageIn('public');
    const shut = await messageIn('private');
    const deleted = await messageIn('private');
    await react(mia, deleted.messageId, '👍');
    await talk.ask(mia, 'message.delete', { messageId: deleted.messageId });
    const attempts = [
      react(max, open.messageId, '👍'),
      react(max, shut.messageId, '👍'),
      react(mia, deleted.messageId, '👍'),
      unreact(mia, deleted.messageId, '👍'),
    ];
    expect(await refusals(attempts)).toEqual([
      'forbidden not_a_member',
      'not_found',
      'conflict deleted',
      'conflict deleted',
    ]);
  });
});

describe('reactions that come together', () => {
  it('each tell of all before them, and one that may not be changes nothing', async () => {
    const { channelId, messageId } = await messageIn('private', [max]);
    const shut = await messageIn('private');
    const { output: outcomes, told } = await talk.telling(() =>
      Promise.allSettled([
        talk.hand(mia, 'reaction.add', { messageId, emoji: '🎉' }),
        talk.hand(max, 'reaction.add', { messageId, emoji: '👍' }),
        talk.hand(max, 'reaction.add', { messageId: shut.messageId, emoji: '👍' }),
        talk.hand(max, 'reaction.add', { messageId, emoji: '👍' }),
        talk.hand(mia, 'reaction.add', { messageId, emoji: '👍' }),
        talk.hand(mia, 'reaction.remove', { messageId, emoji: '🎉' }),
        talk.hand(mia, 'reaction.add', { messageId, emoji: '🚀' }),
      ]),
    );
    const short = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as { code: string }).code,
    );
    expect(short).toEqual(['ok', 'ok', 'not_found', 'ok', 'ok', 'ok', 'ok']);
    // What each event says is what the ones before it and its own change come to.
    const state = new Map<string, Set<string>>();
    for (const { type, data, audience } of told) {
      expect(audience).toBe(`channel:${channelId}`);
      const { emoji, userId, reactions } = data as {
        emoji: string;
        userId: string;
        reactions: { emoji: string; count: number; userIds: string[] }[];
      };
      const people = state.get(emoji) ?? new Set();
      state.set(emoji, people);
      if (type === 'reaction.added') people.add(userId);
      else people.delete(userId);
      if (people.size === 0) state.delete(emoji);
      expect(new Map(reactions.map((each) => [each.emoji, new Set(each.userIds)]))).toEqual(state);
    }
    expect(told).toHaveLength(5);
    const { message } = await talk.ask(max, 'message.get', { messageId });
    expect(message.reactions).toEqual((told.at(-1)?.data as { reactions: unknown }).reactions);
    expect(message.reactions.map(({ emoji, count }) => `${emoji}${count}`).sort()).toEqual(
      ['🚀1', '👍2'].sort(),
    );
  });
});
