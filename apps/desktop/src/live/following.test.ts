import { describe, expect, it, vi } from 'vitest';
import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import { noMentions } from '@parley/shared/protocol/message.ts';
import type { State } from '@parley/shared/state/state.ts';
import {
  aMessage,
  anEvent,
  aState,
  aUser,
  idOf,
} from '../../../../packages/shared/test/entities.ts';
import { Following } from './following.ts';

const me = aUser(idOf(1));
const channelId = idOf(0x100);
const root = aMessage({ id: idOf(7), channelId, authorId: idOf(2) });
const reply = aMessage({ id: idOf(8), channelId, threadRootId: root.id, number: null });
const mentioned = { ...noMentions, userIds: [me.id] };

function setUp(answer: boolean | Error = false) {
  let state: State = aState(me, [me], []);
  const ask = vi.fn<() => Promise<CommandOutput<'message.get'>>>(() =>
    answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve({ message: root, following: answer }),
  );
  const onTrouble = vi.fn();
  const following = new Following({
    state: () => state,
    ask,
    topic: { read: () => undefined, changed: () => undefined },
    onTrouble,
  });
  const choose = (choice: boolean) => {
    state = {
      ...state,
      threads: new Map([[root.id, { channelId, rootId: root.id, following: choice }]]),
    };
  };
  return { following, ask, onTrouble, choose };
}

describe('what the person has to do with a thread', () => {
  it.each([true, false])('is what they chose: %s, and nobody is asked', async (choice) => {
    const { following, ask, choose } = setUp(!choice);
    choose(choice);
    expect(await following.learn(reply)).toBe(choice ? 'followed' : 'unfollowed');
    expect(following.interest({ ...root, authorId: me.id })).not.toBe('part');
    expect(ask).not.toHaveBeenCalled();
  });

  it.each([
    ['they began', { ...root, authorId: me.id }],
    ['they replied in of late', { ...root, replyUserIds: [me.id] }],
    ['mentions them', { ...root, mentions: mentioned }],
  ])('is part in one that %s, which the message tells', (_what, message) => {
    expect(setUp().following.interest(message)).toBe('part');
  });

  it('is asked once, however many replies come', async () => {
    const { following, ask } = setUp(true);
    expect(following.interest(reply)).toBeNull();
    const learned = await Promise.all([following.learn(reply), following.learn(root)]);
    expect(learned).toEqual(['part', 'part']);
    expect(await following.learn({ ...reply, id: idOf(9) })).toBe('part');
    expect(ask.mock.calls).toEqual([[root.id]]);
  });

  it('becomes part by a reply of theirs or one that mentions them, and is asked anew after a gap', async () => {
    const { following, ask } = setUp();
    expect(await following.learn(reply)).toBe('none');
    following.follow(anEvent('message.posted', { message: reply }));
    expect(following.interest(root)).toBe('none');
    following.follow(anEvent('message.posted', { message: { ...reply, mentions: mentioned } }));
    expect(following.interest(root)).toBe('part');
    following.reset();
    expect(following.interest(root)).toBeNull();
    following.follow(anEvent('message.posted', { message: { ...reply, authorId: me.id } }));
    expect(await following.learn(root)).toBe('part');
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('is none where it cannot be had, and is asked again', async () => {
    const { following, ask, onTrouble } = setUp(new Error('away'));
    expect(await following.learn(reply)).toBe('none');
    expect(onTrouble).toHaveBeenCalledTimes(1);
    await following.learn(reply);
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
